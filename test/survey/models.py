"""Architectures that others wrote, small and with random weights: `MODELS` has what makes each, with its inputs."""

import torch
from torch import nn


def images(size=64, batch=2):
    return (torch.randn(batch, 3, size, size),)


def tokens(time=16, vocabulary=100, batch=2):
    # 0 and 1 are padding in many models, whose rows PyTorch gives no gradient; ONNX knows no such rows.
    return (torch.randint(3, vocabulary, (batch, time)),)


class Part(nn.Module):
    """One output of a model, called in a way of its own where its inputs have names."""

    def __init__(self, model, output=None, call=None):
        super().__init__()
        self.model, self.output, self.call = model, output, call

    def forward(self, *inputs):
        result = self.call(self.model, *inputs) if self.call else self.model(*inputs)
        if self.output is None:
            return result
        return result[self.output] if isinstance(result, dict) else getattr(result, self.output)


MODELS = {}

# ---------------------------------------------------------------- torchvision


def vision(name, size=64, **options):
    import torchvision

    return getattr(torchvision.models, name)(weights=None, num_classes=5, **options), images(size)


for name, options in {
    "resnet50": {},
    "densenet121": {},
    "squeezenet1_1": {},
    "efficientnet_b0": {},
    "efficientnet_v2_s": {},
    "shufflenet_v2_x0_5": {},
    "mobilenet_v2": {},
    "mnasnet0_5": {},
    "regnet_y_400mf": {},
    "convnext_tiny": {},
    "vgg11_bn": {},
    "alexnet": {},
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"size": 96, "aux_logits": False, "init_weights": False},
    "resnext50_32x4d": {},
    "swin_t": {},
    "swin_v2_t": {},
    "maxvit_t": {"size": 224},
    "vit_b_32": {"size": 64, "image_size": 64},
}.items():
    MODELS[f"torchvision {name}"] = lambda name=name, options=options: vision(name, **options)


def segmentation(name):
    import torchvision

    model = getattr(torchvision.models.segmentation, name)(weights=None, weights_backbone=None, num_classes=3)
    return Part(model, "out"), images()


for name in ["lraspp_mobilenet_v3_large", "deeplabv3_resnet50", "fcn_resnet50"]:
    MODELS[f"torchvision {name}"] = lambda name=name: segmentation(name)


class Deformable(nn.Module):
    def __init__(self):
        import torchvision

        super().__init__()
        self.offsets = nn.Conv2d(3, 18, 3, padding=1)
        self.convolution = torchvision.ops.DeformConv2d(3, 4, 3, padding=1)

    def forward(self, x):
        return self.convolution(x, self.offsets(x))


MODELS["torchvision DeformConv2d"] = lambda: (Deformable(), images(8))

# ---------------------------------------------------------------- timm


def timm(name, size, **options):
    from timm import create_model

    return create_model(name, pretrained=False, num_classes=5, **options), images(size)


for name, size, options in [
    ("deit_tiny_patch16_224", 64, {"img_size": 64}),
    ("mixer_s32_224", 64, {"img_size": 64}),
    ("gmlp_s16_224", 224, {}),
    ("resmlp_12_224", 224, {}),
    ("convmixer_768_32", 64, {}),
    ("coatnet_pico_rw_224", 224, {}),
    ("edgenext_xx_small", 64, {}),
    ("fastvit_t8", 64, {}),
    ("mobilevit_xxs", 64, {}),
    ("mobilenetv4_conv_small", 64, {}),
    ("nfnet_l0", 64, {}),
    ("poolformer_s12", 64, {}),
    ("pvt_v2_b0", 64, {}),
    ("repvgg_a0", 64, {}),
    ("rexnet_100", 64, {}),
    ("ghostnet_100", 64, {}),
    ("hrnet_w18_small", 64, {}),
    ("dpn68", 64, {}),
    ("res2net50_26w_4s", 64, {}),
    ("skresnet18", 64, {}),
    ("eca_nfnet_l0", 64, {}),
    ("xcit_nano_12_p16_224", 224, {}),
    ("crossvit_tiny_240", 240, {}),
    ("levit_128s", 224, {}),
    ("efficientformer_l1", 224, {}),
    ("tinynet_a", 64, {}),
    ("volo_d1_224", 224, {}),
    ("cait_xxs24_224", 224, {}),
    ("beit_base_patch16_224", 64, {"img_size": 64}),
    ("eva02_tiny_patch14_224", 56, {"img_size": 56}),
    ("focalnet_tiny_srf", 64, {}),
    ("gcvit_xxtiny", 224, {}),
    ("hiera_tiny_224", 224, {}),
    ("inception_next_atto", 64, {}),
    ("lambda_resnet26t", 256, {}),
    ("botnet26t_256", 256, {}),
    ("halonet26t", 256, {}),
    ("resnetv2_50", 64, {}),
    ("vovnet39a", 64, {}),
    ("selecsls42", 64, {}),
    ("starnet_s1", 64, {}),
    ("tf_efficientnet_lite0", 64, {}),
    ("twins_pcpvt_small", 64, {}),
    ("visformer_tiny", 224, {}),
    ("davit_tiny", 64, {}),
]:
    MODELS[f"timm {name}"] = lambda name=name, size=size, options=options: timm(name, size, **options)

# ---------------------------------------------------------------- transformers

SIZES = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, vocab_size=100)


def transformer(model, config, inputs, output="logits", **options):
    """`inputs` makes them anew, so that each seed has its own."""

    def make():
        import transformers

        made = getattr(transformers, model)(getattr(transformers, config)(**options))
        made.config.use_cache = False
        return Part(made, output), inputs()

    MODELS[f"transformers {model}"] = make


transformer("RobertaForSequenceClassification", "RobertaConfig", tokens, **SIZES)
transformer("DistilBertForMaskedLM", "DistilBertConfig", tokens, dim=32, n_layers=2, n_heads=4, hidden_dim=64, vocab_size=100)
transformer("AlbertForMaskedLM", "AlbertConfig", tokens, **SIZES, embedding_size=16)
transformer("ElectraForSequenceClassification", "ElectraConfig", tokens, **SIZES, embedding_size=16)
transformer("DebertaV2ForSequenceClassification", "DebertaV2Config", tokens, **SIZES, relative_attention=True, position_buckets=8, pos_att_type=["p2c", "c2p"])
transformer("MPNetForMaskedLM", "MPNetConfig", tokens, **SIZES)
transformer("LlamaForCausalLM", "LlamaConfig", tokens, **SIZES, num_key_value_heads=2)
transformer("MistralForCausalLM", "MistralConfig", tokens, **SIZES, num_key_value_heads=2, sliding_window=8)
transformer("Qwen2ForCausalLM", "Qwen2Config", tokens, **SIZES, num_key_value_heads=2)
transformer("Qwen3ForCausalLM", "Qwen3Config", tokens, **SIZES, num_key_value_heads=2, head_dim=8)
transformer("GemmaForCausalLM", "GemmaConfig", tokens, **SIZES, num_key_value_heads=2, head_dim=8)
transformer("Gemma2ForCausalLM", "Gemma2Config", tokens, **SIZES, num_key_value_heads=2, head_dim=8)
transformer("PhiForCausalLM", "PhiConfig", tokens, **SIZES)
transformer("Phi3ForCausalLM", "Phi3Config", tokens, **SIZES, pad_token_id=0)
transformer("GPTNeoXForCausalLM", "GPTNeoXConfig", tokens, **SIZES)
transformer("GPTJForCausalLM", "GPTJConfig", tokens, n_embd=32, n_layer=2, n_head=4, vocab_size=100, rotary_dim=8)
transformer("OPTForCausalLM", "OPTConfig", tokens, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, ffn_dim=64, vocab_size=100, word_embed_proj_dim=32)
transformer("BloomForCausalLM", "BloomConfig", tokens, hidden_size=32, n_layer=2, n_head=4, vocab_size=100)
transformer("SmolLM3ForCausalLM", "SmolLM3Config", tokens, **SIZES, num_key_value_heads=2, pad_token_id=0)
transformer("MambaForCausalLM", "MambaConfig", lambda: tokens(8), hidden_size=32, num_hidden_layers=2, vocab_size=100, state_size=4)
transformer("RwkvForCausalLM", "RwkvConfig", lambda: tokens(8), hidden_size=32, num_hidden_layers=2, vocab_size=100)
transformer("MixtralForCausalLM", "MixtralConfig", tokens, **SIZES, num_key_value_heads=2, num_local_experts=2)
transformer("Wav2Vec2ForCTC", "Wav2Vec2Config", lambda: (torch.randn(2, 3200), ), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, vocab_size=20, conv_dim=(16, )*7, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4, apply_spec_augment=False)
transformer("ViTForImageClassification", "ViTConfig", lambda: images(32), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, image_size=32, patch_size=8)
transformer("Dinov2ForImageClassification", "Dinov2Config", lambda: images(28), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, image_size=28, patch_size=14)
transformer("SegformerForSemanticSegmentation", "SegformerConfig", lambda: images(64), hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], num_attention_heads=[1, 2, 3, 4], decoder_hidden_size=16)
transformer("CLIPVisionModelWithProjection", "CLIPVisionConfig", lambda: images(32), "image_embeds", hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, image_size=32, patch_size=8, projection_dim=16)
transformer("CLIPTextModelWithProjection", "CLIPTextConfig", tokens, "text_embeds", **SIZES, projection_dim=16, eos_token_id=99, bos_token_id=0, pad_token_id=0)
transformer("ConvBertForMaskedLM", "ConvBertConfig", tokens, **SIZES, embedding_size=32)
transformer("FNetForMaskedLM", "FNetConfig", tokens, hidden_size=32, num_hidden_layers=2, intermediate_size=64, vocab_size=100)
transformer("LongformerForMaskedLM", "LongformerConfig", lambda: tokens(16), **SIZES, attention_window=4)
transformer("LayoutLMForMaskedLM", "LayoutLMConfig", tokens, **SIZES)
transformer("ModernBertForMaskedLM", "ModernBertConfig", tokens, **SIZES, pad_token_id=0, eos_token_id=1, bos_token_id=2, cls_token_id=3, sep_token_id=4)
transformer("PatchTSTForPrediction", "PatchTSTConfig", lambda: (torch.randn(2, 32, 3), ), "prediction_outputs", num_input_channels=3, context_length=32, patch_length=8, patch_stride=8, d_model=16, num_hidden_layers=2, num_attention_heads=2, ffn_dim=32, prediction_length=4, scaling=None)


def two_sided(model, config, first, name="input_ids", **options):
    """Encoder and decoder."""

    def make():
        import transformers

        made = getattr(transformers, model)(getattr(transformers, config)(use_cache=False, **options))
        call = lambda model, a, b: model(**{name: a, "decoder_input_ids": b})
        return Part(made, "logits", call), (*first(), *tokens(7))

    MODELS[f"transformers {model}"] = make


BOTH = dict(d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
            encoder_ffn_dim=64, decoder_ffn_dim=64, vocab_size=100)
two_sided("T5ForConditionalGeneration", "T5Config", tokens, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4,
          vocab_size=100, decoder_start_token_id=0)
two_sided("BartForConditionalGeneration", "BartConfig", tokens, **BOTH, max_position_embeddings=64)
two_sided("WhisperForConditionalGeneration", "WhisperConfig", lambda: (torch.randn(2, 8, 40),), name="input_features",
          **BOTH, num_mel_bins=8, max_source_positions=20, max_target_positions=20, pad_token_id=0, bos_token_id=1,
          eos_token_id=2, decoder_start_token_id=1)

# ---------------------------------------------------------------- PyTorch itself


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.GRU(6, 16, 2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(32, 3)

    def forward(self, x):
        return self.head(self.cells(x)[0])


class Temporal(nn.Module):
    def __init__(self):
        super().__init__()
        self.narrow = nn.Conv1d(4, 8, 3, dilation=2, padding=2)
        self.slope = nn.PReLU()
        self.wide = nn.ConvTranspose1d(8, 4, 3, stride=2)
        self.norm = nn.GroupNorm(2, 4)

    def forward(self, x):
        return self.norm(self.wide(self.slope(self.narrow(x))))


MODELS["torch GRU, two layers both ways"] = lambda: (Recurrent(), (torch.randn(2, 9, 6),))
MODELS["torch Transformer"] = lambda: (
    nn.Transformer(16, 2, 1, 1, 32, batch_first=True, dropout=0.0), (torch.randn(2, 5, 16), torch.randn(2, 4, 16)))
MODELS["torch temporal convolutions"] = lambda: (Temporal(), (torch.randn(2, 4, 12),))
