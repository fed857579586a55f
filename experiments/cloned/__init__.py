"""Copy and move within one image: clones are pasted into micrographs, and looked for."""
