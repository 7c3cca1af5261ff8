"""Writes ``webapp/panel/api.d.ts`` from the API's models: ``python -m devtools.typescript``.

A test compares the file with the models, so that types and server never say different things.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from webapp.api import object_models, response_models
from webapp.api.base_model import Response
from webapp.api.change_models import PatchBody
from webapp.api.own_objects import OwnCanvasBody
from webapp.api.request_models import CreateBody

TARGET = Path(__file__).parents[1] / "webapp" / "panel" / "api.d.ts"
REFERENCE = "#/components/schemas/{model}"
HEAD = "/** The API as types. Made from the server's models by devtools/typescript.py; do not edit. */\n"
SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def to_typescript() -> str:
    """Return the declarations of all models, in alphabetical order."""
    models = [
        kind
        for module in (object_models, response_models)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Response) and kind is not Response
    ]
    asked = {
        "CreateCanvasRequest": CreateBody,
        "ChangeCanvasRequest": PatchBody,
        "OwnCanvasRequest": OwnCanvasBody,
    }
    shown = [(model, "serialization") for model in models] + [
        (model, "validation") for model in asked.values()
    ]
    _, schema = models_json_schema(shown, ref_template=REFERENCE)  # type: ignore[arg-type]
    definitions = schema["$defs"]
    for name, model in asked.items():
        definitions[name] = definitions.pop(model.__name__)
    return HEAD + "".join(_declare(name, definitions[name]) for name in sorted(definitions))


def _declare(name: str, schema: dict[str, Any]) -> str:
    comment = _comment(schema.get("description"), "")
    if "properties" not in schema:
        return f"\n{comment}export type {name} = {_type(schema)};\n"
    fields = "".join(_field(field, value, schema) for field, value in schema["properties"].items())
    return f"\n{comment}export interface {name} {{\n{fields}}}\n"


def _field(name: str, schema: dict[str, Any], owner: dict[str, Any]) -> str:
    mark = "" if name in owner.get("required", ()) else "?"
    return f"{_comment(schema.get('description'), '  ')}  {name}{mark}: {_type(schema)};\n"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(map(_type, schema[union]))
    if schema.get("type") == "array":
        return f"Array<{_type(schema['items'])}>"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties", True)
        return f"Record<string, {'unknown' if values is True else _type(values)}>"
    return SCALARS.get(schema.get("type", ""), "unknown")


def _comment(text: str | None, indent: str) -> str:
    if not text:
        return ""
    return f"{indent}/** {' '.join(text.split())} */\n"


if __name__ == "__main__":
    TARGET.write_text(to_typescript(), encoding="utf-8")
