"""What Bonafide knows as FHIR R4 resources, for systems that speak it: pure functions from dict to dict."""
