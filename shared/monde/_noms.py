"""Names and places for invented people: family names are made of two halves, given names follow the generation."""

# fmt: off
DEBUTS = (
    "BEL", "BOIS", "BON", "BOURG", "BREUIL", "BRIS", "CAMP", "CHAMP", "CHANTE", "CHAS", "CHATEL", "CLAIR", "COMBE",
    "CORD", "COUR", "CREST", "DOM", "DOUC", "DUR", "FAY", "FERR", "FONT", "FOUG", "FRES", "GARD", "GAUT", "GIV",
    "GRAND", "GRAV", "GUIL", "HAUT", "HERB", "JARD", "JONC", "LAND", "LARM", "LAV", "LOUV", "MAL", "MARS", "MAUR",
    "MERL", "MONT", "MOR", "MOUL", "NAV", "NOY", "ORM", "PARD", "PERR", "PLANT", "PONT", "POUL", "PRAD", "QUINT",
    "RAV", "RIV", "ROCH", "ROM", "ROUV", "SAL", "SAV", "SERR", "SOL", "TAIL", "TERR", "THOR", "TOUR", "TRE", "VAL",
    "VARE", "VERN", "VIGN", "VILL", "VOL",
)
FINS = (
    "AC", "AIGNE", "AILLE", "ANCE", "ANDE", "ANGE", "ARD", "AREL", "ASSE", "AUD", "AULT", "AY", "BERT", "BIER",
    "CHET", "COLI", "DAIN", "DELLE", "DIER", "DOU", "ELAC", "ELIN", "ENAY", "ERIC", "ERON", "ESSE", "ETIER", "EUIL",
    "EVAL", "FAUX", "FORT", "GEAC", "GNON", "HOUX", "IAC", "IERES", "IGNY", "ILLON", "INOT", "ISSAC", "JON", "LAC",
    "LET", "LIER", "LOUX", "MEIL", "MONT", "NAC", "NEAU", "NOIS", "OLIER", "ONNET", "ORIN", "OTTE", "OUARD", "OUX",
    "PIED", "QUET", "RAND", "RENC", "RIEUX", "RONNE", "SAC", "SART", "SELLE", "TEAU", "THIER", "TIGNY", "TREUX",
    "VAIN", "VERT", "VIEL", "VIGNE", "ZAC",
)
PARTICULES = ("D'", "L'", "DE ", "LE ", "DU ", "DE LA ")

# Given names of people born before 1945, then 1945-1964, 1965-1984, 1985-2004 and since.
PRENOMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "F": (
        (
            "SIMONE", "JEANNE", "YVONNE", "DENISE", "PAULETTE", "SUZANNE", "ODETTE", "RAYMONDE", "LUCIENNE",
            "GINETTE", "MADELEINE", "MARGUERITE", "GERMAINE", "COLETTE",
        ),
        (
            "MONIQUE", "FRANCOISE", "CATHERINE", "MARTINE", "CHRISTINE", "NICOLE", "BRIGITTE", "ANNIE", "SYLVIE",
            "CHANTAL", "DOMINIQUE", "DANIELLE", "EVELYNE", "MIREILLE",
        ),
        (
            "NATHALIE", "ISABELLE", "SANDRINE", "STEPHANIE", "VALERIE", "CELINE", "KARINE", "VIRGINIE", "SEVERINE",
            "DELPHINE", "LAURENCE", "CAROLINE", "EMILIE", "AURELIE",
        ),
        (
            "LAURA", "MARIE", "CAMILLE", "PAULINE", "MARINE", "JULIE", "MANON", "LEA", "CHLOE", "SARAH", "MARION",
            "LUCIE", "OCEANE", "CLARA", "ANAIS", "MATHILDE", "JUSTINE", "FATOU",
        ),
        (
            "JADE", "LOUISE", "EMMA", "ALICE", "AMBRE", "LINA", "ROSE", "ANNA", "MIA", "INES", "JULIETTE", "LOU",
            "ZOE", "AGATHE", "NINA", "ALBA", "ROMANE", "LYNA", "ADELE", "IRIS", "YASMINE",
        ),
    ),
    "M": (
        (
            "JEAN", "ANDRE", "ROGER", "MARCEL", "LUCIEN", "HENRI", "RENE", "RAYMOND", "MAURICE", "FERNAND", "EMILE",
            "ALBERT", "LEON", "GASTON", "EUGENE", "GEORGES",
        ),
        (
            "MICHEL", "ALAIN", "BERNARD", "GERARD", "DANIEL", "PATRICK", "CHRISTIAN", "JACQUES", "GUY", "SERGE",
            "YVES", "CLAUDE", "DIDIER", "ROLAND", "JEAN-PIERRE", "JEAN-PAUL",
        ),
        (
            "PHILIPPE", "OLIVIER", "CHRISTOPHE", "LAURENT", "STEPHANE", "DAVID", "FREDERIC", "PASCAL", "THIERRY",
            "ERIC", "SEBASTIEN", "NICOLAS", "JEROME", "JEAN-MARC",
        ),
        (
            "THOMAS", "ALEXANDRE", "KEVIN", "MAXIME", "ANTHONY", "JULIEN", "ROMAIN", "QUENTIN", "HUGO", "LUCAS",
            "THEO", "BAPTISTE", "FLORIAN", "VALENTIN", "MEHDI", "IBRAHIMA",
        ),
        (
            "GABRIEL", "LEO", "RAPHAEL", "LOUIS", "ARTHUR", "JULES", "ADAM", "MAEL", "NOAH", "LUCAS", "SACHA",
            "AARON", "MOHAMED", "NAEL", "ELIOTT", "TOM", "NATHAN", "LIAM", "ISAAC",
        ),
    ),
}

# Births by place: department (99 = abroad) and a weight close to its share of the population.
DEPARTEMENTS: tuple[tuple[str, int], ...] = (
    ("59", 40), ("75", 34), ("13", 31), ("69", 29), ("93", 26), ("92", 25), ("33", 25), ("78", 22), ("77", 22),
    ("44", 22), ("31", 22), ("62", 22), ("94", 21), ("95", 19), ("91", 20), ("76", 19), ("38", 19), ("34", 18),
    ("67", 17), ("06", 16), ("83", 16), ("57", 16), ("35", 16), ("29", 14), ("60", 13), ("42", 12), ("49", 12),
    ("74", 12), ("68", 12), ("56", 11), ("30", 11), ("54", 11), ("14", 11), ("45", 10), ("64", 10), ("85", 10),
    ("63", 10), ("37", 9), ("22", 9), ("27", 9), ("01", 10), ("80", 8), ("51", 9), ("17", 9), ("73", 6), ("2A",
    2), ("2B", 3), ("87", 6), ("21", 8), ("25", 8), ("71", 8), ("26", 8), ("84", 8), ("66", 7), ("50", 7), ("02",
    8), ("72", 8), ("28", 6), ("86", 6), ("10", 5), ("89", 5), ("88", 5), ("97", 28), ("99", 105),
)
# fmt: on
