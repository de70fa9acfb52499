"""Pictures: what is drawn, where it stands, and SVG, DOT, HTML and the other formats it is written in."""
