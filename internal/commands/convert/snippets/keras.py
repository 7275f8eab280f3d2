{{template "head" .}}
#
# CLASS_WEIGHT is for model.fit(..., class_weight=CLASS_WEIGHT) of a classifier
# without a background class. weighted_focal_loss is for detectors with a
# sigmoid per class, as model.compile(loss=weighted_focal_loss): fit takes no
# class_weight for targets of several classes at a time. check_classes(names)
# compares the classes of a dataset, in its order, with those of the weights.

import keras

WEIGHTS = {{.Weights}}
CLASS_WEIGHT = dict(enumerate(WEIGHTS))

{{template "classes" .}}


def weighted_focal_loss(y_true, y_pred):
    """Binary focal loss of probabilities, shape ... x C, each class times its weight."""
    terms = keras.losses.binary_focal_crossentropy(
        keras.ops.expand_dims(y_true, -1), keras.ops.expand_dims(y_pred, -1), gamma=2.0
    )
    return keras.ops.mean(terms * keras.ops.convert_to_tensor(WEIGHTS, terms.dtype), axis=-1)
