"""Where a run sends to, and where keys may go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import ConfigError
from pipeline.core.target import LIVE_URL, TEST_URL, Target, TargetKind, may_hold_keys


@pytest.mark.parametrize(
    ("target", "kind", "host", "words"),
    [
        (Target.live(), "live", "api.finerworks.com", "LIVE"),
        (
            Target.test(),
            "test",
            "test-api.finerworks.com",
            "TEST HOST: may or may not touch real orders",
        ),
        (Target.sandbox("http://127.0.0.1:4321"), "sandbox", "127.0.0.1:4321", "SANDBOX"),
        (Target.sandbox(), "sandbox", "", "SANDBOX"),
        (
            Target.from_base_url("https://api.example.com"),
            "custom",
            "api.example.com",
            "CUSTOM HOST",
        ),
    ],
)
def test_each_target_has_its_words(target: Target, kind: TargetKind, host: str, words: str) -> None:
    """A target says its kind, its host and its words for the plan."""
    assert (target.kind, target.host, target.words) == (kind, host, words)


@pytest.mark.parametrize(
    ("url", "kind", "base_url"),
    [
        (LIVE_URL, "live", LIVE_URL),
        (TEST_URL, "test", TEST_URL),
        ("https://v2.api.finerworks.com", "live", "https://v2.api.finerworks.com"),
        ("HTTPS://API.FinerWorks.com./", "live", LIVE_URL),
        ("https://api.finerworks.com:443/v3/", "live", LIVE_URL),
        ("https://api.finerworks.com:8443", "live", "https://api.finerworks.com:8443"),
        ("https://TEST-API.finerworks.com.", "test", TEST_URL),
        ("https://finerworks.com", "custom", "https://finerworks.com"),
        ("https://notfinerworks.com", "custom", "https://notfinerworks.com"),
        (
            "https://api.finerworks.com.evil.example",
            "custom",
            "https://api.finerworks.com.evil.example",
        ),
        ("https://gate.example/finer//", "custom", "https://gate.example/finer"),
        ("http://127.0.0.1:8080/", "custom", "http://127.0.0.1:8080"),
        ("http://127.9.9.9", "custom", "http://127.9.9.9"),
        ("http://localhost:80", "custom", "http://localhost"),
        ("http://[::1]:8080", "custom", "http://[::1]:8080"),
    ],
)
def test_the_host_decides_what_a_base_url_is(url: str, kind: TargetKind, base_url: str) -> None:
    """Any vendor host but the test host is live, however it is written."""
    target = Target.from_base_url(url)
    assert (target.kind, target.base_url) == (kind, base_url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "plain text"),
        ("api.finerworks.com", "begin with https"),
        ("ftp://api.finerworks.com", "begin with https"),
        ("file:///etc/passwd", "begin with https"),
        ("https://", "begin with https"),
        ("https://:443", "begin with https"),
        ("http://api.finerworks.com", "http is for this machine only"),
        ("http://test-api.finerworks.com", "http is for this machine only"),
        ("http://192.168.0.7:8080", "http is for this machine only"),
        ("http://localhost.example.com", "http is for this machine only"),
        ("http://0.0.0.0", "http is for this machine only"),
        ("https://secret-user:secret-word@api.finerworks.com", "user name"),
        ("https://@api.finerworks.com", "user name"),
        ("https://api.finerworks.com?web_api_key=secret-word", r"\?"),
        ("https://api.finerworks.com?", r"\?"),
        ("https://api.finerworks.com#secret-word", "#"),
        ("https://api.finerworks.com:0", "port 0"),
        ("https://api.finerworks.com:99999", "cannot be read"),
        ("https://api.finerworks.com:secret-word", "cannot be read"),
        ("https://[secret-word]", "cannot be read|IPv6"),
        ("https://[::1", "cannot be read"),
        ("https://[v1.secret:word]", "no IPv6"),
        ("https://evil.example\\.finerworks.com", "plain text"),
        ("https://evil.example%2f.finerworks.com", "cannot be one"),
        ("https://evil..finerworks.com", "cannot be one"),
        ("https://api.finer\tworks.com", "plain text"),
        (" https://api.finerworks.com", "plain text"),
        ("https://ａｐｉ.finerworks.com", "plain text"),
    ],
)
def test_a_base_url_that_could_mislead_is_refused(url: str, why: str) -> None:
    """A URL is https, or http on loopback, without userinfo, query or fragment."""
    with pytest.raises(ConfigError, match=why) as caught:
        Target.from_base_url(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "untrusted", "trusted"),
    [
        (Target.live(), True, True),
        (Target.test(), True, True),
        (Target.sandbox("http://127.0.0.1:1"), True, True),
        (Target.from_base_url("http://localhost:9"), True, True),
        (Target.from_base_url("https://v2.api.finerworks.com"), True, True),
        (Target.from_base_url("https://api.example.com"), False, True),
        (Target("live", "https://evil.example", "hand"), False, True),
        (Target("live", "http://api.finerworks.com", "hand"), False, False),
        (Target("sandbox", "http://evil.example", "hand"), False, False),
        (Target.sandbox(), False, False),
    ],
)
def test_keys_go_to_the_vendor_and_this_machine(
    target: Target, *, untrusted: bool, trusted: bool
) -> None:
    """Another host gets keys only by a trusted source, and never without https."""
    assert may_hold_keys(target, trusted=False) is untrusted
    assert may_hold_keys(target, trusted=True) is trusted


def test_loopback_is_the_machine_itself() -> None:
    """Loopback is a sandbox, listening or not, and any loopback address."""
    assert Target.sandbox().loopback
    assert Target.from_base_url("http://[::1]:80").loopback
    assert not Target.live().loopback


@given(st.text(max_size=40))
def test_no_text_becomes_a_vendor_host_by_accident(text: str) -> None:
    """Whatever stands in front of the vendor's name, a vendor target goes to a vendor host."""
    try:
        target = Target.from_base_url(f"https://{text}.finerworks.com")
    except ConfigError:
        return
    authority = target.base_url.removeprefix("https://").partition("/")[0].partition(":")[0]
    assert (target.kind != "custom") == authority.endswith(".finerworks.com")


@given(st.from_regex(r"https://[a-z0-9.-]{1,20}(:[0-9]{1,5})?(/[a-z0-9/]{0,9})?", fullmatch=True))
def test_a_base_url_read_again_stays_the_same(url: str) -> None:
    """What came out as a base URL is taken as one, and unchanged."""
    try:
        first = Target.from_base_url(url)
    except ConfigError:
        return
    assert Target.from_base_url(first.base_url).kind == first.kind
