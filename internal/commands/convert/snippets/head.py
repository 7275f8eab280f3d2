{{define "head"}}# Class weights of {{quote .File}}: {{len .Table.Rows}} classes, method {{quote .Table.Meta.Alpha.Method}}, intensity {{.Table.Meta.Intensity}}.
# A class without instances has weight 1.
#
# {{.Read}}.
{{- end}}
