package input

// FormatsHelp says in the help of a command what FILE and DIR may be.
const FormatsHelp = `FILE and DIR are datasets in any format that is known, which is found out by
looking: COCO or LVIS JSON, YOLO (data.yaml, or its folder), Pascal VOC (a folder,
or one file), CVAT for images XML, Label Studio JSON, Open Images CSV, LabelMe
JSON. Files may be compressed (.gz, .zst) or members of a zip archive
(ARCHIVE.zip:MEMBER); "-" is standard input. A folder stands for its training
annotations, and so does data.yaml; PATH:SPLIT names another split, as in
data.yaml:val or VOC2012:trainval. docs/formats.md has the rules of each format.`
