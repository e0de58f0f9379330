"""What the API answers, as an OpenAPI 3.1 document: each route with its parameters, bodies and every status."""

from entrypoints.http.openapi.document import OPERATIONS, ROUTES, document

__all__ = ["OPERATIONS", "ROUTES", "document"]
