"""What Schemathesis cannot know: credentials that live, whom they belong to, and rules that no schema can say.

    KEYWRIGHT_URL, KEYWRIGHT_ROOT   the server that is tried, and its root key

Each contract is tried with a credential of its own kind. One that a request has replaced, or that a request has ended,
makes room for a new one, so that the run goes on as a caller who is known.
"""

import atexit
import base64
import collections
import json
import os
import re
import threading
import uuid
import zlib

import requests
import schemathesis
import tracecov

tracecov.schemathesis.install()

URL = os.environ["KEYWRIGHT_URL"]
ROOT = {"Authorization": "Bearer " + os.environ["KEYWRIGHT_ROOT"]}
# One at a time: a credential must not be replaced while another request is about to use it.
LOCK = threading.RLock()

# Rules that the documents state in words, since a schema cannot. A request that keeps the schema and breaks one is
# refused, rightly: each line is a rule and the reason why it is no schema's.
RULES = [
    (r"this Idempotency-Key was used for another request: send a new one", "needs memory of earlier requests"),
    (r"the key that this Idempotency-Key issued is no longer live: send a new one", "needs memory of earlier requests"),
    (r"cursor must be the next_cursor of an earlier page", "a cursor is opaque: only a page makes one"),
    (r".+ must lie in the future", "depends on the time of the request"),
    (r"\w+ is sent and removed at once: do one of them", "relates one member to the items of another"),
    (r"name must be unique, '.*' stands here twice", "JSON Schema has unique items, not unique members of items"),
    (r"\w+ may be chosen for kind .+ only: leave it out", "depends on the kind beside it"),
    (r"parent_id must be an organization that exists, got .+", "depends on what there is"),
    (r"a \w+ key needs a name: send it", "depends on the kind beside it"),
    (r"name may hold ASCII letters, digits, underscores and hyphens only", "depends on the kind beside it"),
    (r"a key of kind '\w+' needs an owner of kind '\w+', .+", "depends on what the owner is"),
    (r"a key of kind '\w+' takes .+", "depends on the kind beside it"),
    (r"grace_seconds must be 0 here: .+", "depends on the kind of the key in the path"),
    (r"'.*' must be an IP address or a network, for example .+", "no format of JSON Schema is an address or a network"),
    (r"'.*' has bits set behind its length.*", "no format of JSON Schema is a network"),
    (r"client_ip must be an IPv4 or IPv6 address, with or without a port, .+", "no format of JSON Schema is both"),
    (r"first_key must not be false together with an Idempotency-Key: .+", "relates a member to a header"),
    (r"send the client's secret by HTTP Basic or in the body, not both", "relates a header to the body"),
    (r"email must look like name@example.com, .+", "the pattern is the rule without its finer points"),
    (r"name must not contain U\+0000", "its pattern is the published one, which allows it"),
]
NULL_BODY = r"in body - (incorrect type|violates `type` \(was object, became null\))"
# What is taken though a schema would refuse it.
LENIENCES = [
    # RFC 6749, 3.2: a parameter without a value is treated as if it had been left out.
    ("POST /oauth/token", r"in body - \w+: Incorrect type"),
    ("POST /oauth/introspect", r"in body - \w+: Incorrect type"),
    ("POST /oauth/revoke", r"in body - \w+: Incorrect type"),
    # Generated clients send null for a body that is left out; where it is optional, that is no body.
    ("POST /v1/keys/{id}/rotate", NULL_BODY),
    ("POST /v1/keys/{id}/revoke", NULL_BODY),
]
dropped = collections.Counter()


def control(path, body):
    answer = requests.post(URL + path, json=body, headers=ROOT, timeout=20)
    answer.raise_for_status()
    return answer.json()


class Credentials:
    """One live credential of each kind, made when it is first wanted."""

    def __init__(self):
        self.kept = {}

    def get(self, kind):
        if kind not in self.kept:
            self.kept[kind] = getattr(self, "make_" + kind)()
        return self.kept[kind]

    def forget(self, *kinds):
        for kind in kinds:
            self.kept.pop(kind, None)

    def make_user(self):
        made = control("/v1/users", {})
        return {"id": made["id"], "secret": made["key"]["secret"]}

    def make_organization(self):
        made = control("/v1/organizations", {"name": "Example Works"})
        return {"id": made["id"], "secret": made["key"]["secret"]}

    def issue(self, kind, **wish):
        wish = {"kind": kind, "name": f"{kind}-{uuid.uuid4().hex}", **wish}
        try:
            return control("/v1/keys", {"owner_id": self.get("organization")["id"], **wish})
        except requests.HTTPError as error:
            # The run may have deleted or suspended the owner; nothing else can be wrong with this.
            if error.response.status_code not in (404, 409):
                raise
            self.forget("organization")
            return control("/v1/keys", {"owner_id": self.get("organization")["id"], **wish})

    def make_named(self):
        return {"secret": self.issue("named")["secret"]}

    def make_subject(self):
        return {"secret": self.issue("standard", scopes=["0", "reports:read"])["secret"]}

    def make_client(self):
        made = self.issue("client")
        return {"id": made["client_id"], "secret": made["secret"]}

    def ask_token(self):
        client = self.get("client")
        return requests.post(
            URL + "/oauth/token",
            auth=(client["id"], client["secret"]),
            data={"grant_type": "client_credentials"},
            timeout=20,
        )

    def make_token(self):
        answer = self.ask_token()
        if answer.status_code == 401:
            # The run has ended the client.
            self.forget("client")
            answer = self.ask_token()
        answer.raise_for_status()
        return {"secret": answer.json()["access_token"]}


CREDENTIALS = Credentials()


def kind_for(path):
    for prefix, kind in (
        ("/user/", "user"),
        ("/organizations/", "organization"),
        ("/v0/", "named"),
        ("/api-keys", "token"),
        ("/oauth/", "client"),
        ("/v1/authorize", "subject"),
        ("/v1/", "root"),
    ):
        if path.startswith(prefix):
            return kind
    return None


def choice(case, of):
    """One of so many, the same for the same request."""
    text = repr((case.method, case.path, case.body, case.query))
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) % of


@schemathesis.auth(refresh_interval=None)
class Proof:
    def get(self, case, context):
        kind = kind_for(case.operation.path)
        with LOCK:
            if kind == "root":
                return ROOT
            if kind is None:
                return None
            credential = CREDENTIALS.get(kind)
            if kind == "organization":
                return {"SlashID-API-Key": credential["secret"]}
            if kind == "client":
                # As often in the body, which `before_call` sees to.
                if choice(case, 2):
                    return None
                pair = f"{credential['id']}:{credential['secret']}"
                return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
            return {"Authorization": "Bearer " + credential["secret"]}

    def set(self, case, headers, context):
        case.headers.update(headers or {})


def looks_like_id(value):
    return isinstance(value, str) and re.fullmatch(r"[0-9a-fA-F-]{36}", value) is not None


@schemathesis.hook
def before_call(context, case, kwargs):
    """Names what exists where only chance would: owners, clients, keys to verify. Never all of the time."""
    body, path, method = case.body, case.operation.path, case.method.upper()
    with LOCK:
        if path == "/organizations/api-keys" and case.headers.get("SlashID-OrgID") and choice(case, 8):
            case.headers["SlashID-OrgID"] = CREDENTIALS.get("organization")["id"]
        if not isinstance(body, dict):
            return
        if (method, path) == ("POST", "/v1/keys") and looks_like_id(body.get("owner_id")) and choice(case, 4):
            owner = "user" if body.get("kind") == "user" else "organization"
            body["owner_id"] = CREDENTIALS.get(owner)["id"]
        if path == "/v1/organizations" and looks_like_id(body.get("parent_id")) and choice(case, 2):
            body["parent_id"] = CREDENTIALS.get("organization")["id"]
        if path == "/oauth/token" and body.get("client_id") and choice(case, 2):
            client = CREDENTIALS.get("client")
            body["client_id"], body["client_secret"] = client["id"], client["secret"]
        wishes = body.get("requests") if path == "/v1/keys/verify-batch" else [body]
        if path.startswith("/v1/keys/verify") and isinstance(wishes, list):
            for wish in wishes:
                if isinstance(wish, dict) and isinstance(wish.get("key"), str) and wish["key"] and choice(case, 2):
                    wish["key"] = CREDENTIALS.get("subject")["secret"]


@schemathesis.hook
def after_call(context, case, response):
    """Keeps the key that a rotation answers, and lets go of credentials that are refused."""
    kind = kind_for(case.operation.path)
    with LOCK:
        if response.status_code == 200 and case.method.upper() == "PUT":
            answer = response.json()
            secret = answer["apikey"] if kind == "user" else answer["result"]["api_key"]
            CREDENTIALS.get(kind)["secret"] = secret
        elif response.status_code in (401, 403) and kind not in (None, "root"):
            if was_sent(response.request, CREDENTIALS.kept.get(kind)):
                CREDENTIALS.forget(kind, *(["client"] if kind == "token" else []))
        elif response.status_code == 404 and case.operation.path == "/v1/keys":
            # The run has deleted the owner of everything.
            CREDENTIALS.forget("user", "organization", "named", "subject", "client", "token")


def was_sent(request, credential):
    headers = " ".join(str(value) for value in request.headers.values())
    body = request.body or b""
    body = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    return credential is not None and (credential["secret"] in headers or credential["secret"] in body)


def reasons(response):
    """Every reason that a refusal gives, whatever its contract."""
    try:
        answer = response.json()
    except ValueError:
        return []
    listed = answer.get("errors") or []
    told = [error.get("detail") or error.get("message") for error in listed]
    if not told:
        error = answer.get("error")
        inner = error.get("message") if isinstance(error, dict) else None
        told = [inner or answer.get("detail") or answer.get("message") or answer.get("error_description")]
    return [reason or "" for reason in told]


def rule_for(reason):
    return next((rule for rule, _ in RULES if re.fullmatch(rule, reason, re.DOTALL)), None)


def is_bodyless_for_nginx(case, response):
    """With `nginx=1` a refusal says everything in its headers: nginx would not pass a body on. The description of the
    parameter says so; OpenAPI knows no answer whose body depends on a parameter."""
    wanted = (case.query or {}).get("nginx") is not None and case.operation.path == "/v1/authorize"
    return wanted and response.status_code in (401, 403) and not response.content


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drops what `RULES` and `LENIENCES` explain, and nothing else."""
    name = type(failure).__name__
    explained = None
    if name in ("MissingContentType", "MalformedJson") and is_bodyless_for_nginx(case, response):
        explained = "nginx=1"
    elif name == "RejectedPositiveData" and response.status_code in (400, 422):
        rules = [rule_for(reason) for reason in reasons(response)]
        explained = rules[0] if rules and all(rules) else None
    elif name == "AcceptedNegativeData":
        label = f"{case.method.upper()} {case.operation.path}"
        explained = next(
            (pattern for where, pattern in LENIENCES if where == label and is_null_only(case.body, failure, pattern)),
            None,
        )
    if explained:
        dropped[f"{name}: {explained}"] += 1
    return explained is None


def is_null_only(body, failure, pattern):
    """Whether it is a null that the schema refuses."""
    found = re.search(pattern, failure.message)
    if not found or not isinstance(body, dict):
        return found is not None and body is None
    member = re.search(r"- (\w+):", found[0])
    return member is not None and body.get(member[1], "") is None


@atexit.register
def tell_what_was_dropped():
    print("Refusals by rules that are no schema's:", json.dumps(dropped, indent=1, sort_keys=True))
