"""Letters on paper: the referral letter, the patient's handout and the report, as tagged PDF."""
