{{template "head" .}}
#
# Use it as
#   model = YOLO("yolo11n.pt")
#   model.train(data="data.yaml", trainer=WeightedTrainer)
# "names" in data.yaml must have the order of this list. Do not set cls_pw, whose
# weights these replace. The mean of the weights is kept: it scales the class
# loss against the others.

import torch
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils.torch_utils import unwrap_model

CLASS_WEIGHTS = {{.Weights}}


class WeightedTrainer(DetectionTrainer):
    """Multiplies the class loss of each channel by the weight of its class."""

    def set_class_weights(self):
        model = unwrap_model(self.model)
        model = getattr(model, "student_model", model)  # of a distillation
        assert len(CLASS_WEIGHTS) == self.data["nc"], "the weights are of other classes"
        model.class_weights = torch.tensor(CLASS_WEIGHTS, dtype=torch.float32, device=self.device)
