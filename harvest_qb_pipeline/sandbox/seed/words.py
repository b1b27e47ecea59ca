"""Words that made-up people, clients and notes are drawn from.

Belongs here: lists of words, and how they make a name. Must not be here: numbers, days or who works where.
"""

# ruff: noqa: SIM905  (a hundred names are easier to read and to change without their quotes)

from random import Random

FIRST_NAMES = (
    "Aaron Abigail Adele Ahmed Alicia Amara Andre Angela Anika Anton Beatriz Benedict Bianca Brendan Bronwyn Caleb "
    "Carmen Cecilia Chidi Clara Colin Daniela Darius Deborah Diego Elena Elliot Emeka Erin Esther Fatima Felix Fiona "
    "Gabriel Gemma Grace Gustavo Hassan Helen Henrik Ibrahim Ingrid Isabel Ivan Jamal Jasmine Joanna Jonas Julia Kai "
    "Karina Keiko Kenji Lars Leila Leon Lucia Malik Marco Maya Mei Miguel Mina Nadia Naomi Nathan Nikhil Nina Noah "
    "Olga Omar Paloma Pascal Petra Quinn Rafael Rahul Rebecca Renée Rohan Rosa Samir Sasha Selma Simone Søren Stella "
    "Tariq Teresa Theo Uma Valeria Victor Wanda Wei Xavier Yara Yusuf Zoë Zuri"
).split()

LAST_NAMES = (
    "Abbott Acosta Adeyemi Aguilar Anand Andersson Baptiste Barros Becker Bennett Bhatt Blake Bouchard Cabrera "
    "Callahan Chen Chowdhury Cohen Contreras Cruz D'Angelo Dawson Delacroix Demir Donovan Duarte Eriksen Espinoza "
    "Evans Farrell Fischer Fleming Gallagher García Gupta Haddad Hansen Hayashi Herrera Hoffman Hughes Iqbal Ivanova "
    "Jankowski Jensen Kapoor Katz Keller Kim Kruger Lambert Larsson Lefebvre Li Lombardi MacDonald Mahmoud Malone "
    "Martínez Mbeki Meyer Moreau Moretti Murphy Nakamura Novak O'Brien O'Connell Oliveira Osei Papadopoulos Patel Pham "
    "Pereira Quintero Reddy Reid Rinaldi Romero Rossi Russo Santos Sato Schneider Shah Silva Singh Sokolov Stein "
    "Sullivan Tanaka Torres Turner Vasquez Villanueva Wagner Walsh Weber Wójcik Wright Yamada Young Zhang Ziegler"
).split()

_STARTS = (
    "Ald Amb Arc Ash Bal Ber Bor Bram Cal Cas Ced Cor Crest Dal Dor Dray Eld Elm Ever Fal Fen Garn Glen Gran Hal Haw "
    "Hol Ing Iron Jes Kal Kel Kin Lan Lark Lor Mar Mel Mor Nor Oak Orr Pel Pem Quar Rav Ros Row Sel Shel Sil Stan Tam "
    "Thorn Tor Ulv Val Ver Wal Wes Wil Wren Yar Zan"
).split()
_ENDS = (
    "berry bridge by dale den field ford gate ham haven holm hurst lock mere more ridge stone ton vale well wick wood "
    "worth"
).split()
_TRADES = (
    "Aerospace, Architects, Biotech, Botanicals, Capital Partners, Ceramics, Chocolates, Clinics, Construction, "
    "Cycles, Dairy Cooperative, Distillers, Education Trust, Electric, Energy, Engineering, Events, Farms, Films, "
    "Furniture, Galleries, Gardens, Hospitality, Hotels, Housing Association, Instruments, Insurance, Labs, Legal, "
    "Logistics, Marine, Materials, Media, Medical, Museum, Orchards, Outfitters, Payments, Pharmacy, Plastics, Press, "
    "Properties, Rail, Records, Renewables, Robotics, Schools, Security, Software, Sports, Surveyors, Textiles, Tools, "
    "Toys, Travel, Veterinary, Vineyards, Water Utility, Wealth Management, Wellness"
).split(", ")
_FORMS = ("", "", "", "", " Inc", " LLC", " Co.", " Group")

PROJECT_NAMES = (
    "Website Relaunch, Brand Guidelines, Mobile App, Design System, Support Retainer, Annual Report, Product Launch, "
    "Customer Portal, Email Program, Accessibility Audit, Data Migration, Checkout Redesign, Content Strategy, "
    "Analytics Dashboard, Partner Microsite, Recruiting Campaign, Trade Show Booth, Search & Navigation, "
    "Intranet Refresh, Investor Deck, Packaging Series, API Integration, Research Sprint, Photo Library, Newsletter"
).split(", ")

STREETS = (
    "Main St, Oak Ave, Market St, Mill Rd, Harbor Way, College Ave, Water St, Park Blvd, Church St, River Rd, "
    "Union Sq, Prospect St, Commerce Dr, Canal St, Highland Ave, State St"
).split(", ")

TOWNS = (
    ("Albany", "NY", "12207"), ("Ann Arbor", "MI", "48104"), ("Austin", "TX", "78701"), ("Baltimore", "MD", "21202"),
    ("Burlington", "VT", "05401"), ("Charleston", "SC", "29401"), ("Columbus", "OH", "43215"),
    ("Denver", "CO", "80202"), ("Hartford", "CT", "06103"), ("Madison", "WI", "53703"), ("Nashville", "TN", "37203"),
    ("Philadelphia", "PA", "19103"), ("Pittsburgh", "PA", "15222"), ("Portland", "ME", "04101"),
    ("Richmond", "VA", "23219"), ("Rochester", "NY", "14604"), ("Santa Fe", "NM", "87501"), ("Seattle", "WA", "98101"),
)  # fmt: skip

NOTES: dict[str, tuple[str, ...]] = {
    "Design": (
        "Wireframes for the landing page, two directions",
        "Revised homepage comps after Tuesday's feedback",
        "Icon set, round 3",
        "Type scale and color tokens; handed over to dev",
        "Mobile breakpoints: nav + footer",
        "Explored illustration styles (moodboard in the shared drive)",
        "Fixed spacing on cards, exported assets",
        "Prototype for user test on Thursday",
    ),
    "Development": (
        "Set up staging, CI green",
        "Contact form: validation + spam protection",
        "Refactored the checkout step, fixes #214 and #219",
        "Paired on the search indexing problem",
        "API integration: retries & error messages",
        "Upgraded dependencies, resolved 2 security advisories",
        "Page speed: lazy-loaded images, 92 on mobile now",
        'Investigated "blank page" report on Safari 17',
        "Code review, merged feature branch",
        "Migrated old posts (1,140 records), spot-checked 50",
    ),
    "Copywriting": (
        "Draft 2 of the About page",
        "Headlines and CTAs for the campaign",
        "Edited interview with the founder",
        "Proofread, checked names and figures",
        "Alt texts & meta descriptions",
        "Newsletter copy, 3 variants for A/B test",
    ),
    "Strategy & Research": (
        "Stakeholder interviews (3)",
        "Competitor review, summary slide",
        "Synthesis of survey results",
        "Messaging workshop prep",
        "Roadmap for next quarter",
        "Keyword research — priorities agreed with client",
    ),
    "Project Management": (
        "Status report + updated timeline",
        "Sprint planning",
        "Budget check, scope change request drafted",
        "Coordinated content delivery with client",
        "Stand-up, ticket grooming",
    ),
    "QA & Testing": (
        "Cross-browser pass, 7 issues logged",
        "Regression test before release",
        "Re-tested fixes; closed 11 tickets",
        "Screen reader walkthrough",
    ),
    "Client Meetings": (
        "Weekly call",
        "Kick-off meeting w/ marketing team",
        "Design review (on site)",
        "Phone call re: launch date",
        "Demo and Q&A",
    ),
    "Travel Time": ("Train to client & back", "Drive to on-site workshop"),
    "Internal": (
        "Team meeting",
        "Portfolio update",
        "Pitch preparation",
        "Interviews for designer position",
        "Timesheets, admin",
        "Training: motion design course",
    ),
}


def person_names(random: Random, count: int, taken: set[str]) -> list[tuple[str, str]]:
    """`count` different first and last names, none of them in `taken` ("First Last")."""
    pairs = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES if f"{first} {last}" not in taken]
    return random.sample(pairs, count)


def company_names(random: Random, count: int) -> list[str]:
    """`count` company names; no two share their first word, so that none is mistaken for another."""
    starts = [start + end for start in _STARTS for end in _ENDS]
    return [f"{start} {random.choice(_TRADES)}{random.choice(_FORMS)}" for start in random.sample(starts, count)]
