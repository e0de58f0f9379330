"""The API as an OpenAPI 3.1 document: made of the routes, their parameters, and the types of what comes and goes."""
