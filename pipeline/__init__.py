"""Correct FinerWorks shipping addresses in bulk from spreadsheets."""
