"""What Dialtrail does: commands, queries, and what runs by itself. It knows ledger and views, and neither HTTP, nor a terminal, nor a page."""
