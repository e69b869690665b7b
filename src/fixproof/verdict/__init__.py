"""From outcomes to claims by total tables. The only room that may say *proven*."""
