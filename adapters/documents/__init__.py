"""What people write (campaign files, policies, scripts, revisions) into our types, or into a complaint that names its place."""
