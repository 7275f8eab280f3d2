"""Backbones and necks in PyTorch, the references of the tests in Go.

ResNets and MobileNets are torchvision's; DLA-34 ("Deep layer aggregation", Yu
et al., CVPR 2018), its aggregation with deformable convolutions and the neck of
CenterNet's ResNets are written from their description. Feature maps come as a
list, those of strides 4, 8, 16 and 32.

Numbers are those of fill and image, which the tests have as well. torch 1.13,
torchvision 0.14.
"""
import numpy
import torch
import torchvision
from torch import nn
from torchvision.ops import deform_conv2d

STRIDES = (4, 8, 16, 32)


def noise(k, n):
    """n numbers in [-1, 1) of stream k: a hash of the index, so that no weights
    of a layer depend on each other (those of a sine have rank 2)."""
    x = numpy.arange(n, dtype=numpy.uint32) * numpy.uint32(0x9E3779B1) + numpy.uint32(k * 0x85EBCA77 & 0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x ^= x >> numpy.uint32(shift)
        x *= numpy.uint32(factor)
    x ^= x >> numpy.uint32(16)
    return torch.from_numpy(x / 2.0**31 - 1)


def entries(net):
    """Parameters and statistics by name, in the order of the network."""
    return [(n, t) for n, t in net.state_dict().items() if not n.endswith("num_batches_tracked")]


def fill(net, shift):
    """Give every tensor numbers that keep features around 1: k is its position.

    shift is added to what a normalisation makes, so that few of its results are
    where the slope of an activation jumps: with the statistics of a batch
    float32's rounding would else take some of them to the other side, which
    changes gradients by more than they are to be compared to.
    """
    norms = {n[: -len("running_var")] for n, _ in entries(net) if n.endswith("running_var")}
    with torch.no_grad():
        for k, (name, t) in enumerate(entries(net)):
            owner, kind = name.rsplit(".", 1)
            x = noise(k, t.numel())
            if t.dim() == 4:
                x = x * (6 / t[0].numel()) ** 0.5
            elif kind == "running_var":
                x = 2 + x
            elif kind == "weight":
                x = 0.8 + 0.4 * x
            else:
                x = 0.3 * x
            if owner.endswith("conv_offset_mask"):  # taps between cells, where the slope does not jump
                x = 0.02 * x if kind == "weight" else 0.5 + x
            elif owner + "." in norms and kind == "bias":
                x += shift
            t.copy_(x.view(t.shape))
    return net


def image(batch, height, width):
    return noise(1000, batch * 3 * height * width).view(batch, 3, height, width)


class ResNet(nn.Module):
    def __init__(self, name):
        super().__init__()
        for child, module in getattr(torchvision.models, name)().named_children():
            if child not in ("avgpool", "fc"):
                self.add_module(child, module)

    def halving(self):
        return [self.conv1, self.maxpool, self.layer2, self.layer3, self.layer4]

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        maps = []
        for i in range(1, 5):
            x = getattr(self, f"layer{i}")(x)
            maps.append(x)
        return maps


class MobileNet(nn.Module):
    """torchvision's, up to its last block; ends are the last blocks of the strides."""

    def __init__(self, name, ends, width=1.0):
        super().__init__()
        self.ends = ends
        self.features = getattr(torchvision.models, name)(width_mult=width).features[: ends[-1] + 1]

    def halving(self):
        return [b for b in self.features if any(m.stride == (2, 2) for m in b.modules() if isinstance(m, nn.Conv2d))]

    def forward(self, x):
        maps = []
        for i, block in enumerate(self.features):
            x = block(x)
            if i in self.ends:
                maps.append(x)
        return maps


def halve(net, times):
    """Let net halve the image so many times only; what follows keeps its size."""
    for part in net.halving()[times:]:
        for m in part.modules():
            if isinstance(m, nn.Conv2d):
                m.stride = (1, 1)


def conv_norm(i, o, kernel, stride=1):
    return [nn.Conv2d(i, o, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(o)]


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1 = conv_norm(i, o, 3, stride)
        self.conv2, self.bn2 = conv_norm(o, o, 3)

    def forward(self, x, shortcut):
        return (self.bn2(self.conv2(self.bn1(self.conv1(x)).relu_())) + shortcut).relu_()


class Root(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv, self.bn = conv_norm(i, o, 1)

    def forward(self, maps):
        return self.bn(self.conv(torch.cat(maps, 1))).relu_()


def pooled(x, stride):
    return nn.functional.max_pool2d(x, stride, stride) if stride > 1 else x


class Leaf(nn.Module):
    """Two blocks and their root, which also sees extra channels."""

    def __init__(self, i, o, stride, extra=0):
        super().__init__()
        self.stride = stride
        self.tree1, self.tree2 = Block(i, o, stride), Block(o, o, 1)
        self.root = Root(2 * o + extra, o)
        if i != o:
            self.project = nn.Sequential(*conv_norm(i, o, 1))

    def forward(self, x, children=()):
        shortcut = pooled(x, self.stride)
        if hasattr(self, "project"):
            shortcut = self.project(shortcut)
        first = self.tree1(x, shortcut)
        second = self.tree2(first, first)
        return self.root([second, first, *children])


class Pair(nn.Module):
    """Two leaves; the second one's root sees the pooled input and the first."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.stride = stride
        self.tree1, self.tree2 = Leaf(i, o, stride), Leaf(o, o, 1, i + o)

    def forward(self, x):
        first = self.tree1(x)
        return self.tree2(first, (pooled(x, self.stride), first))


class DLA34(nn.Module):
    def __init__(self):
        super().__init__()
        self.base_layer = nn.Sequential(*conv_norm(3, 16, 7), nn.ReLU(inplace=True))
        self.level0 = nn.Sequential(*conv_norm(16, 16, 3), nn.ReLU(inplace=True))
        self.level1 = nn.Sequential(*conv_norm(16, 32, 3, 2), nn.ReLU(inplace=True))
        self.level2 = Leaf(32, 64, 2)
        self.level3 = Pair(64, 128, 2)
        self.level4 = Pair(128, 256, 2)
        self.level5 = Leaf(256, 512, 2, 256)

    def forward(self, x):
        x = self.level2(self.level1(self.level0(self.base_layer(x))))
        maps = [x]
        for level in (self.level3, self.level4):
            maps.append(level(maps[-1]))
        maps.append(self.level5(maps[-1], (pooled(maps[-1], 2),)))
        return maps


class Dcn(nn.Module):
    """Deformable convolution v2, 3×3: of the 27 channels the first 18 are the
    taps' shifts (rows, columns), the others the logits of their masks."""

    def __init__(self, i, o):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(o, i, 3, 3))
        self.bias = nn.Parameter(torch.zeros(o))
        self.conv_offset_mask = nn.Conv2d(i, 27, 3, padding=1)

    def forward(self, x):
        shifts, masks = self.conv_offset_mask(x).split((18, 9), 1)
        return deform_conv2d(x, shifts, self.weight, self.bias, padding=1, mask=masks.sigmoid())


class DcnNorm(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv = Dcn(i, o)
        self.actf = nn.Sequential(nn.BatchNorm2d(o), nn.ReLU(inplace=True))

    def forward(self, x):
        return self.actf(self.conv(x))


class IDAUp(nn.Module):
    """Brings the maps after the first to its resolution, one after the other."""

    def __init__(self, o, channels, factors):
        super().__init__()
        self.n = len(channels)
        for i in range(1, self.n):
            f = factors[i]
            setattr(self, f"proj_{i}", DcnNorm(channels[i], o))
            setattr(self, f"up_{i}", nn.ConvTranspose2d(o, o, 2 * f, f, f // 2, groups=o, bias=False))
            setattr(self, f"node_{i}", DcnNorm(o, o))

    def forward(self, maps):
        maps = list(maps)
        for i in range(1, self.n):
            proj, up, node = (getattr(self, f"{part}_{i}") for part in ("proj", "up", "node"))
            maps[i] = node(up(proj(maps[i])) + maps[i - 1])
        return maps


class DLANeck(nn.Module):
    def __init__(self):
        super().__init__()
        self.dla_up = nn.Module()
        self.dla_up.ida_0 = IDAUp(256, (256, 512), (1, 2))
        self.dla_up.ida_1 = IDAUp(128, (128, 256, 256), (1, 2, 2))
        self.dla_up.ida_2 = IDAUp(64, (64, 128, 128, 128), (1, 2, 2, 2))
        self.ida_up = IDAUp(64, (64, 128, 256), (1, 2, 4))

    def forward(self, maps):
        outputs = []
        for i, ida in enumerate((self.dla_up.ida_0, self.dla_up.ida_1, self.dla_up.ida_2)):
            maps = maps[: 2 - i] + ida(maps[2 - i :])
            outputs.insert(0, maps[-1])
        return self.ida_up(outputs)[-1]


class Stages(nn.ModuleList):
    """The neck of CenterNet's ResNets and, with plain convolutions, MobileNets."""

    def __init__(self, i, channels, deformable):
        super().__init__()
        for o in channels:
            stage = nn.Module()
            stage.conv = Dcn(i, o) if deformable else nn.Conv2d(i, o, 3, padding=1, bias=False)
            stage.conv_norm = nn.BatchNorm2d(o)
            stage.up = nn.ConvTranspose2d(o, o, 4, 2, 1, bias=False)
            stage.up_norm = nn.BatchNorm2d(o)
            self.append(stage)
            i = o

    def forward(self, maps):
        x = maps[-1]
        for s in self:
            x = s.conv_norm(s.conv(x)).relu_()
            x = s.up_norm(s.up(x)).relu_()
        return x


class Head(nn.Module):
    def __init__(self, i, channels, o, norm):
        super().__init__()
        self.conv = nn.Conv2d(i, channels, 3, padding=1)
        if norm:
            self.norm = nn.BatchNorm2d(channels)
        self.out = nn.Conv2d(channels, o, 1)

    def forward(self, x):
        x = self.conv(x).relu_()
        return self.out(self.norm(x) if hasattr(self, "norm") else x)


class CenterNet(nn.Module):
    def __init__(self, backbone, neck, channels, head, classes, norm):
        super().__init__()
        self.backbone, self.neck = backbone, neck
        self.heads = nn.ModuleDict({name: Head(channels, head, o, norm) for name, o in (("heatmap", classes), ("size", 2), ("offset", 2))})

    def forward(self, x):
        x = self.neck(self.backbone(x))
        return [h(x) for h in self.heads.values()]


V2_ENDS, V3_ENDS = (3, 6, 13, 17), (3, 6, 12, 15)

BACKBONES = {
    "resnet18": lambda: ResNet("resnet18"),
    "resnet34": lambda: ResNet("resnet34"),
    "resnet50": lambda: ResNet("resnet50"),
    "resnet101": lambda: ResNet("resnet101"),
    "mobilenet_v2": lambda: MobileNet("mobilenet_v2", V2_ENDS),
    "mobilenet_v2_narrow": lambda: MobileNet("mobilenet_v2", V2_ENDS, 0.35),
    "mobilenet_v3_large": lambda: MobileNet("mobilenet_v3_large", V3_ENDS),
    "mobilenet_v3_large_narrow": lambda: MobileNet("mobilenet_v3_large", V3_ENDS, 0.35),
    "dla34": DLA34,
}


def samples(t):
    """Some numbers of t spread over it, to 7 digits, and its largest."""
    flat = t.detach().flatten()
    return {"scale": float(f"{flat.abs().max():.7g}"), "samples": [float(f"{flat[j * 7919 % len(flat)]:.7g}") for j in range(16)]}


def outputs_of_layers(net, inputs, batch):
    """How many numbers convolutions and normalisations give for an image, and the
    most that one of them gives."""
    counts = []
    kinds = (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, Dcn)
    hooks = [m.register_forward_hook(lambda m, i, o: counts.append(o.numel() // batch)) for m in net.modules() if isinstance(m, kinds)]
    with torch.no_grad():
        net(inputs)
    for h in hooks:
        h.remove()
    return {"activations": sum(counts), "largest": max(counts)}


def described(outputs):
    return [{"shape": list(o.shape), **samples(o)} for o in outputs]


def case(net, inputs, watched, shift=2):
    """What net computes, with the statistics it has and with those of the batch:
    samples of its outputs and of the gradient of Σ_o Σ_i cos(i)·o_i with respect
    to the watched entries, and its running statistics after the second. The second
    has its normalisations shifted."""
    report = {"shift": shift, "entries": [f"{n} {'x'.join(map(str, t.shape))}" for n, t in entries(net)]}
    parameters = dict(net.named_parameters())
    report["trained"] = sum(p.numel() for p in parameters.values())
    batch = len(inputs) if torch.is_tensor(inputs) else len(inputs[0])
    report.update(outputs_of_layers(net.eval(), inputs, batch))
    for mode, by in (("eval", 0), ("train", shift)):
        getattr(fill(net, by), mode)()
        net.zero_grad()
        outputs = net(inputs)
        sum((o.flatten() * torch.cos(torch.arange(o.numel(), dtype=o.dtype))).sum() for o in outputs).backward()
        report[mode] = {
            "outputs": described(outputs),
            "gradients": {n: samples(parameters[n].grad) for n in watched},
        }
    state = net.state_dict()
    names = [n for n in state if "running_" in n]
    report["running"] = {n: samples(state[n]) for n in names[:2] + names[-2:]}
    return report
