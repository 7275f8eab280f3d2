{{template "head" .}}
#
# Import this file before the model is built, and choose the heads with
#   cfg.MODEL.ROI_HEADS.NAME = "WeightedROIHeads"
#   cfg.MODEL.ROI_HEADS.NUM_CLASSES = {{len .Table.Rows}}
# detectron2 numbers the classes of a COCO file in the order of their ids, as
# this list does; their names are compared at the first step.

from detectron2.data import MetadataCatalog
from detectron2.layers import cat, cross_entropy
from detectron2.modeling import ROI_HEADS_REGISTRY, StandardROIHeads
from detectron2.modeling.roi_heads.fast_rcnn import FastRCNNOutputLayers

CLASS_WEIGHTS = {{.Weights}}

{{template "classes" .}}


class WeightedOutputLayers(FastRCNNOutputLayers):
    """Multiplies the cross entropy of a proposal by the weight of its class."""

    unchecked = ()  # training sets whose classes were not compared yet

    def losses(self, predictions, proposals):
        for dataset in self.unchecked:
            check_classes(MetadataCatalog.get(dataset).thing_classes)
        self.unchecked = ()
        assert not self.use_sigmoid_ce, "the weights are for MODEL.ROI_BOX_HEAD.USE_SIGMOID_CE = False"
        losses = super().losses(predictions, proposals)
        scores = predictions[0]
        if len(proposals) > 0 and len(scores) > 0:
            classes = cat([p.gt_classes for p in proposals], dim=0)
            weight = scores.new_tensor(CLASS_WEIGHTS)
            loss = cross_entropy(scores, classes, weight=weight, reduction="none").mean()
            losses["loss_cls"] = loss * self.loss_weight.get("loss_cls", 1.0)
        return losses


@ROI_HEADS_REGISTRY.register()
class WeightedROIHeads(StandardROIHeads):
    @classmethod
    def _init_box_head(cls, cfg, input_shape):
        parts = super()._init_box_head(cfg, input_shape)
        predictor = WeightedOutputLayers(cfg, parts["box_head"].output_shape)
        predictor.unchecked = tuple(cfg.DATASETS.TRAIN)
        parts["box_predictor"] = predictor
        return parts
