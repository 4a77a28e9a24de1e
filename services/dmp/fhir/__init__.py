"""The FHIR wire of the DMP: resources in, resources out; pure functions below the use cases."""
