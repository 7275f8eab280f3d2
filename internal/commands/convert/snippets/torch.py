{{template "head" .}}
#
# lam is the share of the weights that takes effect, from 0 to 1 over the
# training (schedule {{.Table.Meta.Schedule.Name}}, {{.Table.Meta.Schedule.DeferredEpochs}} deferred epochs).
#
# check_classes(names) compares the classes of a dataset, in the order of its
# channels, with those of the weights.

import torch

ALPHA = {{.Alphas}}
INTENSITY = {{.Table.Meta.Intensity}}
ETA = {{.Table.Meta.Eta.Value}}

{{template "classes" .}}


def class_weights(lam=1.0, **kwargs):
    """Weights of the classes, shape C; kwargs such as device are torch.tensor's."""
    alpha = torch.tensor(ALPHA, **{"dtype": torch.float64, **kwargs})
    return 1 + INTENSITY * lam * (alpha - 1)


def image_weights(objects, lam=1.0):
    """Weights of the classes in each image, shape B x C.

    objects, B x C, counts the objects of each class {{if eq .Table.Meta.Eta.Scope "batch"}}in the batch, the same in
    every row{{else}}in the image{{end}}.
    """
    objects = objects.double()
{{- if eq .Table.Meta.Eta.Reading "power"}}
    factor = 1 + lam * (ETA**objects - 1)
{{- else}}
    factor = (1 + lam * (ETA - 1)) ** objects
{{- end}}
    return class_weights(lam, device=objects.device) * factor


def focal_loss(logits, heatmap, weights):
    """Focal loss of CenterNet, each class's terms times its weight.

    logits and heatmap have shape B x C x H x W; the heatmap is 1 at the centres
    of objects. weights has shape C or B x C.
    """
    p = logits.sigmoid().clamp(1e-4, 1 - 1e-4)
    centre = heatmap == 1
    positive = -((1 - p) ** 2) * p.log()
    negative = -(p**2) * (1 - p).log() * (1 - heatmap) ** 4
    terms = torch.where(centre, positive, negative) * weights.to(logits)[..., None, None]
    return terms.sum() / centre.sum().clamp(min=1)
