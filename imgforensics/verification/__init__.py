"""How well one image lies on another: keypoints, gate, registration, evidence, verified score."""
