"""How well one image lies on another: features, registration, evidence, the verified score."""
