"""Cleaning what leaves the process of tokens, passwords and keys.

A secret is known by its name (`token=…`, `--password …`, `"api_key": "…"`), by its place (`https://user:password@host`,
`Authorization: …`) or by its own shape (a Telegram token, `sk-…`). In doubt more is taken out rather than less: a value
goes as far as the next blank. The shapes follow their makers' documents and the rules of gitleaks
(https://github.com/gitleaks/gitleaks) and detect-secrets (https://github.com/Yelp/detect-secrets).

No pattern can look at a character more often than a fixed number of times, so the time is linear in the text's length.
"""

import re
from collections.abc import Sequence

REDACTED = "***"

# What a secret's name ends in: `BOT_TOKEN`, `clientSecret`, `api-key`; `tokens`, `token_count` and `keyboard` are none.
_NAME = (
    r"(?:token|secret|password|passwd|passphrase|passcode|credentials?|jwt|session[-_]?id|"
    r"(?:api|app|access|secret|private|auth|encryption|signing|master|account|shared|service|client|bot|webhook|session)"
    r"[-_]?key(?:[-_]?id)?|(?<![a-z])(?:auth|pass|pwd|pw))(?:[-_]?[0-9]{1,3})?"
)
_PLAIN_WORD = r"(?:None|null|true|false|undefined)(?=$|[\s,;&)\]}])"
_QUOTED = r"""\\+"[^"\n]*"?|\\+'[^'\n]*'?|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?"""
_BARE = r"""[^\s&"'][^\s&]*(?<![,;)\]}"'])|[^\s&"']"""
_VALUE = rf"(?!{_PLAIN_WORD})(?:[bBrRuUfF]{{0,2}}(?:{_QUOTED})|{_BARE})"

_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)(?:(?!-----)[\s\S])+(-----END [A-Z0-9 ]{0,40}-----)?"
)
_HEADER = re.compile(
    rf"""(?i)((?:authorization|cookie)\\*["']?[ \t]*[:=][ \t]*)({_QUOTED}|[^\s"'][^\n"']*)""",
)
_NAMED = re.compile(rf"""(?i)({_NAME}\\*["']?[ \t]*(?:=>?|:=?)[ \t]*(?!=))({_VALUE})""")
# `PWD=/srv/bot` and `pass: 12` (a tally of tests) are no secrets, but `pass=hunter2` is.
_NOT_A_SECRET = re.compile(r"(?i)pwd=/|(?:pass|auth)[ \t]*:")
_ENVIRONMENT_KEY = re.compile(rf"([A-Z0-9]_KEY=)({_VALUE})")
_CHINESE = re.compile(rf"((?:密码|密钥|口令|令牌)[ \t]*(?:是|为)?[ \t]*[:=：][ \t]*)({_VALUE})")
_QUERY = re.compile(r"(?i)([?&](?:key|sig|signature|sign|hash|auth|pass)=)([^\s&\"'#]+)")
_OPTION_NAME = rf"--?[a-z0-9_-]{{0,40}}(?:{_NAME}|cookies?)"
_OPTION = re.compile(rf"(?i)((?<![\w-]){_OPTION_NAME}[ \t]+)(?!-)({_VALUE})")
_BEARER = re.compile(r"(?i)(\bbearer[ \t]+)([a-z0-9._~+/=-]{16,})")
_URL_USER = re.compile(r"(://)(?:[^\s/?#:@]*:[^\s/?#]*|[^\s/?#:@]{16,})@")
_WEBHOOK = re.compile(r"((?:hooks\.slack\.com/services|/api/webhooks|/open-apis/bot/v2/hook)/)[^\s\"'?#]+")
_SHAPES = re.compile(
    r"(?<!\d)\d{5,16}(?::|%3[Aa])[A-Za-z0-9_-]{30,}"  # Telegram: 35, and not let through where one is cut
    r"|(?<![\w-])[MNO][\w-]{22,27}\.[\w-]{6,7}\.[\w-]{27,}|\bmfa\.[\w-]{20,}"  # Discord
    r"|(?<![A-Za-z0-9])(?:"
    r"sk-(?=[A-Za-z_-]{0,64}\d)[\w-]{16,}|[spr]k_(?:live|test)_\w{10,}|whsec_\w{16,}"  # OpenAI and its like, Stripe
    r"|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{30,}|pypi-[\w-]{30,}"
    r"|xox[a-z]-[\w-]{12,}|xapp-[\w-]{12,}"  # Slack
    r"|A[KS]IA[A-Z0-9]{16,}|LTAI[A-Za-z0-9]{12,}|AKID[A-Za-z0-9]{13,}"  # Amazon, Alibaba, Tencent
    r"|AIza[\w-]{30,}|ya29\.[\w-]{20,}|hf_\w{20,}|gsk_\w{20,}|r8_\w{20,}|nvapi-[\w-]{20,}|xai-\w{20,}"
    r"|SG\.[\w-]{16,64}\.[\w-]{16,}"  # SendGrid
    r"|eyJ[\w-]{13,}(?:\.[\w-]*){0,4}"  # JSON web token
    r")",
    re.ASCII,
)

# Every shape above has a run of so many; most texts have none.
_LONG_RUN = re.compile(r"[0-9A-Za-z_-]{16}")

_SECRET_OPTION = re.compile(rf"(?i){_OPTION_NAME}\Z")
_SECRET_ASSIGNMENT = re.compile(rf"(?i)([\w.-]{{0,80}}{_NAME}=)(?!{_PLAIN_WORD})")
# Programs whose one-letter option takes a password; elsewhere `-p` is a port.
_PASSWORD_OPTIONS = {
    "curl": "-u",
    "mariadb": "-p",
    "mariadb-dump": "-p",
    "mysql": "-p",
    "mysqldump": "-p",
    "redis-cli": "-a",
    "sshpass": "-p",
    "wget": "--password",
}


def redact(text: str) -> str:
    """Return `text` with every secret in it replaced by `***`; any text will do, and one without secrets is unchanged.

    Cleaning what is clean already changes nothing.
    """
    named = ("=" in text or ":" in text or "-" in text or "：" in text) and _may_name_a_secret(text.lower())
    placed = "://" in text or ("=" in text and ("?" in text or "&" in text))
    shaped = _LONG_RUN.search(text) is not None
    if named:
        text = _PRIVATE_KEY.sub(_between_fences, text)
        text = _HEADER.sub(_value_replaced, text)
    if placed:
        text = _URL_USER.sub(rf"\1{REDACTED}@", text)
        text = _QUERY.sub(rf"\1{REDACTED}", text)
        text = _WEBHOOK.sub(rf"\1{REDACTED}", text)
    if named:
        text = _NAMED.sub(_value_replaced, text)
        text = _ENVIRONMENT_KEY.sub(_value_replaced, text)
        text = _OPTION.sub(_value_replaced, text)
        text = _CHINESE.sub(_value_replaced, text)
    if shaped:
        if " " in text or "\t" in text:
            text = _BEARER.sub(rf"\1{REDACTED}", text)
        text = _SHAPES.sub(REDACTED, text)
    return text


def redact_argv(argv: Sequence[str]) -> list[str]:
    """Return a command line's arguments without secrets, as many as there were.

    An option's value goes whole, blanks and all, whether it is an argument of its own or follows a `=`.
    """
    cleaned: list[str] = []
    password_option = _PASSWORD_OPTIONS.get(_program(argv[0])) if argv else None
    awaits_secret = False
    for argument in argv:
        if awaits_secret and not argument.startswith("--"):
            cleaned.append(REDACTED)
            awaits_secret = False
        elif assignment := _SECRET_ASSIGNMENT.match(argument):
            cleaned.append(assignment[1] + REDACTED)
            awaits_secret = False
        elif password_option is not None and argument.startswith(password_option) and argument != password_option:
            cleaned.append(password_option + REDACTED)
            awaits_secret = False
        else:
            cleaned.append(redact(argument))
            awaits_secret = argument == password_option or _SECRET_OPTION.match(argument) is not None
    return cleaned


def _program(path: str) -> str:
    return re.split(r"[/\\]", path)[-1].lower().removesuffix(".exe")


def _may_name_a_secret(lower: str) -> bool:
    # One search each is twice as fast as a pattern of them all.
    return (
        "token" in lower
        or "pass" in lower
        or "key" in lower
        or "secret" in lower
        or "auth" in lower
        or "credential" in lower
        or "cookie" in lower
        or "session" in lower
        or "pw" in lower
        or "jwt" in lower
        or "密" in lower
        or "令" in lower
    )


def _value_replaced(match: re.Match[str]) -> str:
    name, value = match[1], match[2]
    if _NOT_A_SECRET.match(match[0]):
        return match[0]
    opening = re.match(r"""[bBrRuUfF]{0,2}\\*["']""", value)
    if opening is None:
        return name + REDACTED
    quote = opening[0].lstrip("bBrRuUfF")
    return name + opening[0] + REDACTED + (quote if len(value) > len(opening[0]) and value.endswith(quote) else "")


def _between_fences(match: re.Match[str]) -> str:
    return match[1] + REDACTED + (match[2] or "")
