"""What the documentation shows is run, and says what the code says."""
