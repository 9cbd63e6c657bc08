"""Numerical building blocks on plain arrays; nothing here knows of pools or cycles."""
