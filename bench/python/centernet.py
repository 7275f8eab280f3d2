"""MobileNetV2 CenterNet and its loss with PyTorch's own modules: torchvision's
backbone without its last convolution, three upsampling stages, three heads."""
import torch
from torch import nn
from torch.nn import functional
from torchvision.models import mobilenet_v2


class CenterNet(nn.Module):
    def __init__(self, classes, neck=(256, 128, 64), head=64):
        super().__init__()
        self.backbone = mobilenet_v2().features[:-1]
        stages, channels = [], self.backbone[-1].conv[-1].num_features
        for out in neck:
            stages += [
                nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True),
                nn.ConvTranspose2d(out, out, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True),
            ]
            channels = out
        self.neck = nn.Sequential(*stages)
        self.heads = nn.ModuleList(nn.Sequential(
            nn.Conv2d(channels, head, 3, padding=1), nn.ReLU(inplace=True), nn.BatchNorm2d(head), nn.Conv2d(head, out, 1),
        ) for out in (classes, 2, 2))
        for h in self.heads:
            nn.init.normal_(h[-1].weight, std=0.001)
        nn.init.constant_(self.heads[0][-1].bias, -2.19)

    def forward(self, x):
        x = self.neck(self.backbone(x))
        return [h(x) for h in self.heads]


def heatmap_loss(logits, target, weights, gamma=2, beta=4):
    """Penalty-reduced focal loss with a weight for each class, over the objects."""
    p = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    positive = target.eq(1)
    at = torch.log(p) * (1 - p).pow(gamma)
    elsewhere = torch.log(1 - p) * p.pow(gamma) * (1 - target).pow(beta)
    loss = -(torch.where(positive, at, elsewhere) * weights[None, :, None, None]).sum()
    return loss / positive.sum().clamp(min=1)


def regression_loss(maps, index, target, mask):
    """L1 at the centres of the objects."""
    maps = maps.flatten(2).transpose(1, 2)
    found = maps.gather(1, index[:, :, None].expand(-1, -1, 2))
    mask = mask[:, :, None].expand_as(found)
    return functional.l1_loss(found * mask, target * mask, reduction="sum") / (mask.sum() + 1e-4)
