"""How fast the library is, beside the same work written with what one would use instead.

Each comparison checks that its peers compute the same thing before it times them. The peers are
PyTorch, kornia and FAISS, of the extra `benchmark`, and scikit-image with Pillow.
"""
