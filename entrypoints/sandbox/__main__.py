"""`python -m entrypoints.sandbox`"""

import typer

from entrypoints.sandbox.command import sandbox

app = typer.Typer(add_completion=False)
app.command()(sandbox)

if __name__ == "__main__":
    app(prog_name="python -m entrypoints.sandbox")
