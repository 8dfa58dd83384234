"""The end of a start: one table of what runs, and a request to copy.

What belongs here: addresses and logins in words. What stays out: finding them out.
"""

from __future__ import annotations

from operations.local_stack import demo
from operations.local_stack.environment import StackAddress
from operations.local_stack.progress import Progress, stack_table
from operations.local_stack.state import StateFolder
from operations.ports import LOOPBACK


def announce(address: StackAddress, progress: Progress) -> None:
    """Print what runs, where, how to log in, and a request that answers with a forecast."""
    progress.table(stack_table(addresses(address)))
    known = demo.credentials(address.state)
    email = demo.DEMO_TENANTS[0].email
    if email in known:
        progress.plain("\nA forecast by hand:\n")
        progress.plain(forecast_request(address.api_url, email, known[email]))
    progress.plain("\nStop with Ctrl-C or `make stop`; everything is kept for the next `make run`.")


def announce_running(state: StateFolder, progress: Progress) -> None:
    """Say that the stack runs already, and where."""
    runtime = state.read_runtime()
    if runtime is None or not runtime.is_ready:
        progress.warn(f"OrderNimbus is just being started from {state.root} by another command")
        return
    progress.say("OrderNimbus runs already:")
    announce(StackAddress(state, runtime.ports, state.role_passwords()), progress)


def addresses(address: StackAddress) -> list[tuple[str, str, str]]:
    """Return what runs as rows of title, address and login."""
    known = demo.credentials(address.state)
    logins = "\n".join(
        f"{merchant.email}\n  password {known[merchant.email]}"
        for merchant in demo.DEMO_TENANTS
        if merchant.email in known
    )
    postgres = f"{LOOPBACK}:{address.ports['postgres']}"
    return [
        ("Merchant page", f"{address.api_url}/", logins),
        ("Forecast API", f"{address.api_url}/docs", "with a token, see below"),
        ("Dagster", address.dagster_url, "none, this machine only"),
        ("MLflow", address.mlflow_url, "none, this machine only"),
        ("PostgreSQL", postgres, f"{address.state.root.name}/secrets.json"),
    ]


def forecast_request(api_url: str, email: str, password: str) -> str:
    """Return a shell line that fetches a token and, with it, one forecast."""
    token = (
        f"curl -s -d grant_type=password -d username={email} -d password={password} "
        f'{api_url}/v1/token | sed -E \'s/.*"access_token": ?"([^"]+)".*/\\1/\''
    )
    return f"curl -s -H \"Authorization: Bearer $({token})\" '{api_url}/v1/forecasts?limit=1'"
