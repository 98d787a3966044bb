"""A tiny browser: hosts below `localhost`, cookies of one host each, redirects, forms."""

import html
import re
import secrets
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from config.local import sample
from config.local.sample import Citizen

REDIRECTS = (301, 302, 303, 307)


@dataclass
class Web:
    """Somebody's browser. `url`, `status` and `text` are those of the page it shows."""

    cookies: dict[str, dict[str, str]] = field(default_factory=dict)  # by host
    visited: list[str] = field(default_factory=list)
    url: str = ""
    status: int = 0
    text: str = ""
    location: str = ""  # where the page wants to lead, when redirects are not followed

    def get(self, url: str, *, follow: bool = True) -> "Web":
        return self._request("GET", url, None, follow=follow)

    def post(self, url: str, fields: dict[str, str], *, follow: bool = True) -> "Web":
        return self._request("POST", url, fields, follow=follow)

    def submit(self, *, follow: bool = True, **values: str) -> "Web":
        """Fill in the first form of the page and send it."""
        form = re.search(r"<form\b.*?</form>", self.text, re.DOTALL)
        assert form, self.text
        action = re.search(r'action="([^"]*)"', form[0].partition(">")[0])
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0])
        fields = {name: html.unescape(value) for name, value in hidden} | values
        return self.post(urljoin(self.url, html.unescape(action[1])) if action else self.url, fields, follow=follow)

    @property
    def heading(self) -> str:
        """The first heading of the page."""
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.DOTALL)
        return html.unescape(re.sub(r"<[^>]+>", "", found[1]).strip()) if found else ""

    @property
    def links(self) -> dict[str, str]:
        """What the links of the page say, and where they lead."""
        found = re.findall(r'<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>', self.text, re.DOTALL)
        return {" ".join(re.sub(r"<[^>]+>", " ", text).split()): html.unescape(href) for href, text in found}

    @property
    def query(self) -> dict[str, str]:
        """The query of the address that the page wants to lead to."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}

    def session_key(self, host: str) -> str | None:
        return self.cookies.get(host, {}).get("session")

    def _request(self, method: str, url: str, fields: dict[str, str] | None, *, follow: bool) -> "Web":
        for _hop in range(20):
            self._send(method, url, fields)
            if not (follow and self.location):
                return self
            method, url, fields = "GET", self.location, None
        raise AssertionError(f"redirected without end: {self.visited[-5:]}")

    def _send(self, method: str, url: str, fields: dict[str, str] | None) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.hostname.endswith("localhost"), f"left our hosts: {url}"
        jar = self.cookies.setdefault(parts.hostname, {})
        headers = {"Host": parts.netloc, "Origin": f"{parts.scheme}://{parts.netloc}"}
        if jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection("127.0.0.1", parts.port, timeout=30)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, urlencode(fields) if fields is not None else None, headers)
        answer = connection.getresponse()
        self.text = answer.read().decode("utf-8", "replace")
        connection.close()
        for header in answer.msg.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(header).items():
                jar[name] = morsel.value
                if morsel["max-age"] == "0" or not morsel.value:
                    del jar[name]
        self.visited.append(url)
        self.url, self.status = url, answer.status
        self.location = urljoin(url, answer.headers.get("Location", "")) if answer.status in REDIRECTS else ""


def pass_provider(web: Web, person: Citizen) -> Web:
    """Do at the provider whatever it asks for, as this person, until it sends the browser away."""
    for _page in range(6):
        if 'name="password"' in web.text:
            web.submit(password=person.password)
        elif 'name="login"' in web.text:
            web.submit(login=person.username)
        elif 'name="answer"' in web.text:
            web.submit(answer="accept")
        else:
            break
    return web


def way_back(web: Web, url: str, person: Citizen) -> str:
    """Begin to sign in at `url` and do what the provider asks for, but do not go back to the town.

    Returns the address at which the browser would arrive there.
    """
    web.get(url, follow=False)
    for _page in range(12):
        arrival = urlsplit(web.location)
        if arrival.path == "/anmelden/zurueck/" and not (arrival.hostname or "").startswith("betrieb."):
            return web.location
        if web.location:
            web.get(web.location, follow=False)
        elif 'name="password"' in web.text:
            web.submit(password=person.password, follow=False)
        elif 'name="login"' in web.text:
            web.submit(login=person.username, follow=False)
        else:
            web.submit(answer="accept", follow=False)
    raise AssertionError(f"stuck at {web.url}: {web.text[:300]}")


def open_account(web: Web, provider: str) -> Citizen:
    """Somebody new opens an account at the provider; she can prove the lowest level only."""
    name = f"neu{secrets.token_hex(4)}"
    person = replace(
        sample.load().citizens[1],
        username=name,
        given_name="Nele",
        family_name="Neumann",
        email=f"{name}@post.example",
        password="Ein-Probe-Passwort-1",
    )
    web.get(f"{provider}/register")
    typed = {
        "user_name": name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "emails-0": person.email,
        "password1": person.password,
        "password2": person.password,
        "action": "create-profile",
    }
    web.submit(follow=True, **typed)
    return person
