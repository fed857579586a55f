"""Panels of published figures: what tells pictures from drawings, fitted and judged."""
