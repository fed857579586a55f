"""Every field that a run has, with the paper's values where the paper or its code give them."""

import ml_collections

from imgforensics.manipulations import ranges


def get_config() -> ml_collections.ConfigDict:
    """The paper's system (version V01 of the authors' code) on procedural micrographs."""
    config = ml_collections.ConfigDict()
    config.seed = 0  # of the weights, the triplets and the manipulations

    config.data = data = ml_collections.ConfigDict()
    data.source = "procedural"  # procedural, folder, hms_forensics, frozen, packed or tfds:NAME
    data.folder = ""  # where the other sources are read from (packed: the file); tfds: may be empty
    data.size = 5215  # images that the procedural source draws
    data.seed = 0  # of the procedural source
    data.split = (4000 / 5215, 500 / 5215, 715 / 5215)  # train, validation, test
    data.split_seed = 0
    data.held_out = ()  # classes that none of the three sets has, for a test of their own
    data.added_procedural = 0  # procedural images, besides, to train on
    data.added_blots = 0  # drawn blots and gels, likewise, of which some each share a layout
    data.neighbours = 1  # images of a batch that stand together in class and source; 1 as the paper
    data.labelled = ""  # pairs to train on, too: a folder by `imgforensics verdicts dataset`
    data.labelled_share = 0.25  # of the examples of a batch that may be such pairs
    data.on_device = True  # False: images stay on disk (frozen only), for sets beyond the memory

    config.manipulations = ranges.v01()

    config.view = view = ml_collections.ConfigDict()  # of images that are trained on, beyond V01
    view.probability = 0.0  # of an enlarged window in place of an image
    view.share = (0.6, 1.0)  # of each side of the image
    view.gamma = (50, 200)  # 100 times the exponent

    config.model = model = ml_collections.ConfigDict()
    model.architecture = "paper"  # or compact, whose fields are those of configs/compact.py
    model.channels = (16, 32, 64, 128)  # of the blocks
    model.hidden_features = 1024  # of the first dense layer
    model.embedding_features = 128
    model.pixel_normalization = True
    model.batch_normalization = True
    model.first_moments_raw = True  # the authors' quirk: moments of the raw input in block 0
    model.lrn = True  # local response normalisation
    model.nin = True  # 1x1 convolutions, "network in network"
    model.residual = False  # V02's shortcuts
    model.metric = "alpha_l1"  # the kind of f, see imgforensics/models/metric.py
    model.constant_alpha = 1.0  # of the metric constant_alpha_l1
    model.init_stddev = 0.01  # of the truncated normal of the weights and alpha
    model.remat = False  # True: blocks are computed twice, and a step needs less memory
    model.dtype = "float32"  # of the computation: float32 or bfloat16

    config.jitter = jitter = ml_collections.ConfigDict()  # V02, after the pixel normalisation
    jitter.brightness = 0.0  # added: uniform in [-brightness, brightness)
    jitter.contrast = 0.0  # factor: uniform in [1 - contrast, 1 + contrast)

    config.loss = loss = ml_collections.ConfigDict()  # see imgforensics/losses
    loss.name = "alpha_triplet"  # also alpha_pairs, alpha_softmax, alpha_mutual (which takes no
    # different images), contrastive_exponential, contrastive_margin, facenet and koch, each with a
    # metric of its own
    loss.negatives = 0  # alpha_pairs, alpha_softmax, facenet: how many manipulated images of the
    # batch each anchor is told from, but never other anchors; 0 for all but its own same image
    loss.hardness = 0.0  # alpha_pairs: weight of negatives by exp(-hardness f); 0 for all the same
    loss.mining = "semi_hard"  # facenet: semi_hard, hard or all
    loss.margin = 0.2  # facenet: between squared distances of unit vectors
    loss.contrastive_margin = 128.0  # contrastive_margin: of L1 distances; the exponential one's Q
    loss.spread = 0.0  # weight of a term, besides any loss, that keeps images of a batch apart

    config.optimizer = optimizer = ml_collections.ConfigDict()
    optimizer.name = "momentum"  # momentum, adam or muon
    optimizer.learning_rate = 1e-5  # of the loss summed over the batch
    optimizer.momentum = 0.9  # adam: its first decay; muon: that of what is no matrix
    optimizer.decay_steps = 0  # falls to zero along a cosine by this step; 0 keeps the rate
    optimizer.warmup_steps = 0  # of a decaying rate: rises from zero along a line

    config.initial_weights = ""  # a run's folder or a weights file; steps go on from its
    config.batch_size = 256  # triplets or pairs a step, over all devices
    config.steps = 5000
    config.budget_seconds = 0.0  # if above 0, of the whole run: steps, decay_steps and
    # checkpoint_every are fixed before the first step, by the rate that is measured then
    config.matmul_precision = "default"  # of float32 products on GPUs and TPUs: default (on GPUs
    # that have it TensorFloat-32), tensorfloat32 or float32
    config.ema_decay = 0.0  # of the average of all steps' weights, near 1; 0 keeps none
    config.validate_every = 10  # steps
    config.validation_triplets = 250
    config.patience = 1000  # validations without improvement before training stops
    config.checkpoint_every = 100  # steps

    config.evaluation = evaluation = ml_collections.ConfigDict()
    evaluation.test_pairs = 357
    evaluation.real_runs = 10
    return config.lock()  # a config that misspells a field fails instead of adding one
