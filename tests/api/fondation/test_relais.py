"""The relay is woken by each commit that emitted."""

import asyncio
from typing import Any, cast

from shared.db.spaces import Spaces
from shared.events.bus import InProcessBus
from shared.events.relay import Relay


class _SansEspaces:
    apres_commit: Any = None
    occupe: Any = None


class _Compte(Relay):
    """Counts how often it looks in an outbox; something is committed just as the first look ends."""

    def __init__(self) -> None:
        super().__init__(cast(Spaces, _SansEspaces()), InProcessBus())
        self.regards = 0
        self.revenu = asyncio.Event()

    async def _un_lot(self, nom: str) -> bool:
        self.regards += 1
        if self.regards == 1:
            asyncio.get_running_loop().call_soon(self.marquer, nom)
        else:
            self.revenu.set()
        return False


async def test_what_is_committed_as_the_relay_finishes_is_not_left_for_the_sweep() -> None:
    relais = _Compte()
    relais.marquer("default")
    async with asyncio.timeout(2):
        await relais.revenu.wait()
    assert relais.regards == 2
