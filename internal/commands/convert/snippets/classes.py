{{define "classes"}}CLASSES = [
{{range .Table.Rows}}    {{quote .Name}},
{{end}}]


def check_classes(names):
    """Stops if a dataset has other classes than the weights, or another order."""
    names = [str(name) for name in names]
    if names != CLASSES:
        without = [name for name in names if name not in CLASSES]
        absent = [name for name in CLASSES if name not in names]
        raise ValueError(
            f"the weights are of other classes: without a weight {without}, not in the dataset {absent}, "
            "or in another order; make the weights from the annotations of this dataset"
        )
{{- end}}
