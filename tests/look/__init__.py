"""The look: components, layouts, the stylesheet and the script."""
