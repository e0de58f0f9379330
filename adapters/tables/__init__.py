"""Tables as people hand them in, whatever program wrote them: records of texts, each with the line where it starts."""
