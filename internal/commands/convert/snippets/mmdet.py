{{template "head" .}}
#
# Paste this into a configuration whose box head has a softmax, such as Faster
# R-CNN, and give metainfo to its datasets. MMDetection numbers the classes in
# the order of "categories" in the annotation file: it must be that of CLASSES.
# FocalLoss takes no class weights.

CLASSES = (
{{range .Table.Rows}}    {{quote .Name}},
{{end}})

CLASS_WEIGHT = {{.Weights}}

metainfo = dict(classes=CLASSES)

model = dict(
    roi_head=dict(
        bbox_head=dict(
            num_classes={{len .Table.Rows}},
            loss_cls=dict(
                type="CrossEntropyLoss",
                use_sigmoid=False,
                class_weight=CLASS_WEIGHT,
                loss_weight=1.0,
            ),
        )
    )
)
