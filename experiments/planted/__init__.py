"""Screening end to end: copies are planted in manuscripts, and looked for."""
