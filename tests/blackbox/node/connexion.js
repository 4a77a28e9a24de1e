// A practice software in Node: signs in with Pro Santé Connect by discovery alone, then prints what it learnt as JSON.
// usage: node connexion.js <issuer> <persona>
'use strict';
const { Issuer, generators, custom } = require('openid-client');

const RETOUR = 'http://127.0.0.1:8000/callback';
const EGAL = (obtenu, voulu, quoi) => {
  if (obtenu !== voulu) throw new Error(`${quoi}: ${obtenu} instead of ${voulu}`);
};

async function connexion(adresse, persona) {
  custom.setHttpOptionsDefaults({ timeout: 15000 });
  const issuer = await Issuer.discover(adresse);
  EGAL(issuer.metadata.issuer, adresse, 'issuer');
  const client = new issuer.Client({
    client_id: 'lps-demo-bas',
    client_secret: 'secret-lps-demo',
    redirect_uris: [RETOUR],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_post',
  });
  const code_verifier = generators.codeVerifier();
  const state = generators.state();
  const nonce = generators.nonce();
  const url = client.authorizationUrl({
    scope: 'openid scope_all',
    acr_values: 'eidas1',
    code_challenge: generators.codeChallenge(code_verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    login_hint: persona,
  });
  const reponse = await fetch(url, { redirect: 'manual' });
  const retour = reponse.headers.get('location');
  if (!retour) throw new Error(`no redirection: ${reponse.status} ${await reponse.text()}`);
  // The library checks issuer, audience, nonce, signature, expiry and the state itself.
  const jetons = await client.callback(RETOUR, client.callbackParams(retour), { code_verifier, state, nonce });
  const info = await client.userinfo(jetons);
  const renouveles = await client.refresh(jetons.refresh_token);
  const avant = await client.introspect(renouveles.access_token);
  await client.revoke(renouveles.refresh_token);
  const apres = await client.introspect(renouveles.access_token);
  return {
    acr: jetons.claims().acr,
    id_nat: info.SubjectNameID,
    nouveau: renouveles.access_token !== jetons.access_token,
    actif: avant.active,
    encore_actif: apres.active,
  };
}

connexion(process.argv[2], process.argv[3]).then(
  (appris) => console.log(JSON.stringify(appris)),
  (erreur) => {
    console.error(erreur.stack || String(erreur));
    process.exit(1);
  },
);
