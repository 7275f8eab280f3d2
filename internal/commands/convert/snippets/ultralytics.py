{{template "head" .}}
#
# Use it as
#   model = YOLO("yolo11n.pt")
#   model.train(data="data.yaml", trainer=WeightedTrainer)
# "names" in data.yaml must be CLASSES, in this order. Do not set cls_pw, whose
# weights these replace. The mean of the weights is kept: it scales the class
# loss against the others.

import torch
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils.torch_utils import unwrap_model

CLASS_WEIGHTS = {{.Weights}}

{{template "classes" .}}


class WeightedTrainer(DetectionTrainer):
    """Multiplies the class loss of each channel by the weight of its class."""

    def set_class_weights(self):
        model = unwrap_model(self.model)
        model = getattr(model, "student_model", model)  # of a distillation
        check_classes(self.data["names"][i] for i in range(self.data["nc"]))
        model.class_weights = torch.tensor(CLASS_WEIGHTS, dtype=torch.float32, device=self.device)
