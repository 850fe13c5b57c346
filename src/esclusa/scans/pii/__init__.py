"""Personal data: what tells a person from another, in English and Spanish."""
