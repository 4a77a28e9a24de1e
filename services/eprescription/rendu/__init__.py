"""What leaves the base as a document: QR codes, the printed ordonnance, FHIR resources."""
