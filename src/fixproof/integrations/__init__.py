"""fixproof inside other tools."""
