"""What `execute` answers about an invented referral, as the sheets take it."""

import copy
from datetime import UTC, datetime
from typing import Any, Final

from api.letters.words import Setting

SETTING: Final = Setting(datetime(2026, 7, 28, 20, 15, tzinfo=UTC), "https://bonafide.example/check")
IDENTITY: Final = "UmVmZXJyYWw6MDE5YzRhM2ItN2YzYy03MDAwLThhYmMtMDEyMzQ1Njc4OWFi"
CALM: Final = {
    "phone": None,
    "hours": None,
    "voicemailAllowed": None,
    "neutralWording": None,
    "partnerUnaware": None,
    "doNotWriteHome": None,
    "note": None,
}

SENDER: Final[dict[str, Any]] = {
    "name": "Ruth Calloway, MD",
    "givenName": "Ruth",
    "familyName": "Calloway",
    "npi": "2003141597",
    "practices": [
        {
            "placeName": "Harbor Street Family Medicine",
            "line1": "418 Harbor Street",
            "line2": None,
            "city": "Tacoma",
            "state": "WA",
            "postalCode": "98402",
            "phone": "253-555-0142",
            "zone": "America/Los_Angeles",
        }
    ],
}
RECIPIENT: Final[dict[str, Any]] = {
    "__typename": "Therapist",
    "name": "Ines Quaresma, PsyD",
    "givenName": "Ines",
    "familyName": "Quaresma",
    "npi": "2002718288",
    "waitWeeks": 3,
    "modalities": ["IN_PERSON", "TELEHEALTH"],
    "practices": [
        {
            "placeName": "Capitol Center for Sexual Health",
            "line1": "77 Legion Way",
            "line2": "Suite 4",
            "city": "Olympia",
            "state": "WA",
            "postalCode": "98501",
            "phone": "360-555-0119",
            "zone": "America/Los_Angeles",
        }
    ],
    "credentials": {
        "edges": [
            {
                "node": {
                    "kind": "PSYCHOLOGIST",
                    "number": "PY 4471",
                    "jurisdiction": "WA",
                    "status": "ACTIVE",
                    "issuedBy": {"code": "WA-PSY"},
                }
            },
            {
                "node": {
                    "kind": "CST",
                    "number": "A-1187",
                    "jurisdiction": "US",
                    "status": "ACTIVE",
                    "issuedBy": {"code": "AASECT"},
                }
            },
        ]
    },
}
PATIENT: Final[dict[str, Any]] = {
    "ageBand": "30-39",
    "area": "985",
    "payer": "Regence",
    "initials": "J. M.",
    "familyName": "Merrow",
    "givenName": "Joanna",
    "preferredName": "Jo",
    "pronouns": "she/her",
    "birthDate": "1994-03-03",
    "phone": "253-555-0170",
    "email": "jo@example.invalid",
    "safeContact": {
        **CALM,
        "phone": "253-555-0188",
        "hours": "after 5 pm",
        "voicemailAllowed": False,
        "doNotWriteHome": True,
    },
}
UNKNOWN_PATIENT: Final = dict.fromkeys(PATIENT) | {"ageBand": "30-39", "area": "985", "payer": "Regence"}
INTAKE: Final = {
    "anatomy": ["VULVA", "VAGINA"],
    "answers": [
        {
            "question": "breastfeeding",
            "text": "Is the patient breastfeeding?",
            "answer": "YES",
            "number": None,
            "on": None,
            "choice": None,
            "medicines": [],
        },
        {
            "question": "post-coital-bleeding",
            "text": "Is there bleeding after intercourse?",
            "answer": "NO",
            "number": None,
            "on": None,
            "choice": None,
            "medicines": [],
        },
    ],
    "scores": [
        {
            "instrument": "PHQ-9",
            "total": 12.0,
            "band": "moderate",
            "version": None,
            "administeredOn": "2026-07-12",
        }
    ],
}
RED_FLAGS: Final = {
    "rules": {"id": "us-1", "version": "1"},
    "draft": True,
    "notice": "Draft decision support, not signed by a clinician.",
    "signedBy": None,
    "findings": [
        {
            "severity": "STOP",
            "text": "Something that stops.",
            "action": "See a physician first.",
            "answer": {
                "reason": "Seen on July 20, resolved.",
                "legalBasis": None,
                "workUp": None,
                "at": "2026-07-28T18:00:00Z",
            },
        },
        {
            "severity": "WORKUP",
            "text": "Dryness while breastfeeding.",
            "action": "Offer local treatment.",
            "answer": {"reason": None, "legalBasis": None, "workUp": "DONE", "at": "2026-07-28T18:00:00Z"},
        },
    ],
    "notAsked": [{"text": "Alcohol beyond a safe amount."}],
}
REFERRAL: Final[dict[str, Any]] = {
    "id": IDENTITY,
    "jurisdiction": "WA",
    "priority": "ROUTINE",
    "reason": "Since the birth of her second child nine months ago.\nShe would like to come in the evening.",
    "consentAt": "2026-07-28T17:30:00Z",
    "consentMethod": "spoken",
    "concern": {"name": "Pain with penetration"},
    "patient": PATIENT,
    "intake": INTAKE,
    "redFlags": RED_FLAGS,
    "sentBy": SENDER,
    "currentAttempt": {
        "sentAt": "2026-07-28T18:10:00Z",
        "dueAt": "2026-08-05T00:00:00Z",
        "endedAt": None,
        "visits": [],
        "recipient": RECIPIENT,
        "proofs": [
            {
                "id": "RGVjaXNpb246MDE5YzRhM2I",
                "at": "2026-07-28T18:10:00Z",
                "policyId": "us-1",
                "policyVersion": "1",
                "checks": [
                    {
                        "code": "licence",
                        "outcome": "PASSED",
                        "reason": "Psychologist licence 4471, active, confirmed by WA-PSY on 2026-07-28.",
                    },
                    {
                        "code": "certificate",
                        "outcome": "PASSED",
                        "reason": "Certified Sex Therapist A-1187, active, confirmed by AASECT on 2026-07-21.",
                    },
                    {"code": "compact", "outcome": "SKIPPED", "reason": "No compact was needed."},
                ],
                "reconsiderations": [],
            }
        ],
    },
    "attempts": {
        "edges": [
            {
                "node": {
                    "recipient": RECIPIENT,
                    "reports": [
                        {
                            "kind": "INTERIM",
                            "version": 1,
                            "sentAt": "2026-09-28T18:00:00Z",
                            "acknowledgedAt": "2026-09-29T18:00:00Z",
                            "attendance": "Four of four.",
                            "formulation": "To be seen.",
                            "intervention": None,
                            "progress": None,
                            "scores": [],
                            "risks": None,
                            "recommendation": None,
                        },
                        {
                            "kind": "FINAL",
                            "version": 2,
                            "sentAt": "2026-11-20T22:18:00Z",
                            "acknowledgedAt": None,
                            "attendance": "Nine of ten sessions, the last on November 20.",
                            "formulation": "Pain began after birth, kept going by expectation of pain and avoidance.",
                            "intervention": "Education, graded exercises, mindfulness.\nTwo sessions with the partner.",
                            "progress": "More ease, less fear.",
                            "scores": [
                                {
                                    "instrument": "PHQ-9",
                                    "total": 5.0,
                                    "band": "mild",
                                    "version": None,
                                    "administeredOn": "2026-11-20",
                                }
                            ],
                            "risks": "None found. Safety asked at start and end.",
                            "recommendation": "",
                        },
                    ],
                }
            }
        ]
    },
}


def referral(**changes: Any) -> dict[str, Any]:
    """The answer, with whole fields exchanged."""
    return {**copy.deepcopy(REFERRAL), **changes}
