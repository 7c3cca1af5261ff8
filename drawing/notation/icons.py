"""Icons by name, as shapes that we draw: the names of Mermaid's packs and the words that people use."""

from __future__ import annotations

import re

# Words that a name holds, and the shape that stands for them; the first one that fits counts.
_WORDS: tuple[tuple[str, str], ...] = (
    (
        "data ?base|\\bdb\\b|sql|postgres|mysql|mongo|aurora|dynamo|\\brds\\b|redis|cache|oracle|warehouse",
        "cylinder",
    ),
    ("disk|storage|\\bs3\\b|glacier|bucket|volume|\\bebs\\b|\\befs\\b|hdd|ssd|\\bblob\\b", "disk"),
    ("queue|kafka|\\bsqs\\b|\\bsns\\b|rabbit|stream|topic|\\bbus\\b|event|kinesis|message", "queue"),
    (
        "server|compute|\\bec2\\b|\\bvm\\b|host|machine|instance|container|docker|kube|\\becs\\b|\\beks\\b|node",
        "server",
    ),
    ("internet|globe|world|\\bweb\\b|\\bdns\\b|\\bcdn\\b|route ?53|network|website|planet", "globe"),
    ("browser|desktop|monitor|computer|laptop|\\bspa\\b|window|screen", "browser"),
    ("mobile|phone|android|\\bios\\b|tablet", "phone"),
    ("lock|key|secur|secret|vault|shield|auth|\\biam\\b|firewall|\\bwaf\\b", "lock"),
    ("user|person|people|actor|customer|account|team|male|female|admin", "person"),
    ("folder|directory|archive", "folder"),
    ("file|document|page|paper|\\bdoc\\b|book|newspaper|report|log|mail|envelope|inbox|email", "file"),
    ("lambda|function|bolt|flash|lightning|trigger|power", "bolt"),
    ("star|award|trophy|favou?rite", "star"),
    ("heart|health|love", "heart"),
    ("gateway|balancer|\\belb\\b|\\balb\\b|router|proxy|\\bapi\\b|switch|ingress", "hexagon"),
    ("cloud|aws|azure|\\bgcp\\b|google|vpc|region", "cloud"),
)
_PATTERNS = tuple((re.compile(words), shape) for words, shape in _WORDS)
_PREFIX = re.compile(
    r"^(?:fa[bsrlkd]?|mdi|logos|material|carbon|tabler)(?=[:\s])[:\s]*(?:fa-|mdi-)?", re.IGNORECASE
)


def icon_shape(name: str) -> str | None:
    """Return the shape that stands for an icon such as ``database`` or ``logos:aws-s3``; None for an unknown one."""
    words = re.sub(r"[-_:.]+", " ", _PREFIX.sub("", name.strip())).lower()
    return next((shape for pattern, shape in _PATTERNS if pattern.search(words)), None)
