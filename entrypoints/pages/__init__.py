"""The pages for people: each shows what routes of the API answer, and does what they do."""
