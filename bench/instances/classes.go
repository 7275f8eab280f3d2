package main

// class is one category of COCO with its instances in train2017, crowds
// included.
type class struct {
	id          int
	name, super string
	instances   int
}

// The sizes of COCO train2017: its images, how many of them have annotations,
// and the largest image id.
const (
	trainImages    = 118287
	trainAnnotated = 117266
	trainMaxID     = 581929
)

// classes are the 80 categories of COCO train2017 (annotations: CC BY 4.0, COCO
// Consortium); the instances sum to 860,001.
var classes = [...]class{
	{1, "person", "person", 262465},
	{2, "bicycle", "vehicle", 7113},
	{3, "car", "vehicle", 43867},
	{4, "motorcycle", "vehicle", 8725},
	{5, "airplane", "vehicle", 5135},
	{6, "bus", "vehicle", 6069},
	{7, "train", "vehicle", 4571},
	{8, "truck", "vehicle", 9973},
	{9, "boat", "vehicle", 10759},
	{10, "traffic light", "outdoor", 12884},
	{11, "fire hydrant", "outdoor", 1865},
	{13, "stop sign", "outdoor", 1983},
	{14, "parking meter", "outdoor", 1285},
	{15, "bench", "outdoor", 9838},
	{16, "bird", "animal", 10806},
	{17, "cat", "animal", 4768},
	{18, "dog", "animal", 5508},
	{19, "horse", "animal", 6587},
	{20, "sheep", "animal", 9509},
	{21, "cow", "animal", 8147},
	{22, "elephant", "animal", 5513},
	{23, "bear", "animal", 1294},
	{24, "zebra", "animal", 5303},
	{25, "giraffe", "animal", 5131},
	{27, "backpack", "accessory", 8720},
	{28, "umbrella", "accessory", 11431},
	{31, "handbag", "accessory", 12354},
	{32, "tie", "accessory", 6496},
	{33, "suitcase", "accessory", 6192},
	{34, "frisbee", "sports", 2682},
	{35, "skis", "sports", 6646},
	{36, "snowboard", "sports", 2685},
	{37, "sports ball", "sports", 6347},
	{38, "kite", "sports", 9076},
	{39, "baseball bat", "sports", 3276},
	{40, "baseball glove", "sports", 3747},
	{41, "skateboard", "sports", 5543},
	{42, "surfboard", "sports", 6126},
	{43, "tennis racket", "sports", 4812},
	{44, "bottle", "kitchen", 24342},
	{46, "wine glass", "kitchen", 7913},
	{47, "cup", "kitchen", 20650},
	{48, "fork", "kitchen", 5479},
	{49, "knife", "kitchen", 7770},
	{50, "spoon", "kitchen", 6165},
	{51, "bowl", "kitchen", 14358},
	{52, "banana", "food", 9458},
	{53, "apple", "food", 5851},
	{54, "sandwich", "food", 4373},
	{55, "orange", "food", 6399},
	{56, "broccoli", "food", 7308},
	{57, "carrot", "food", 7852},
	{58, "hot dog", "food", 2918},
	{59, "pizza", "food", 5821},
	{60, "donut", "food", 7179},
	{61, "cake", "food", 6353},
	{62, "chair", "furniture", 38491},
	{63, "couch", "furniture", 5779},
	{64, "potted plant", "furniture", 8652},
	{65, "bed", "furniture", 4192},
	{67, "dining table", "furniture", 15714},
	{70, "toilet", "furniture", 4157},
	{72, "tv", "electronic", 5805},
	{73, "laptop", "electronic", 4970},
	{74, "mouse", "electronic", 2262},
	{75, "remote", "electronic", 5703},
	{76, "keyboard", "electronic", 2855},
	{77, "cell phone", "electronic", 6434},
	{78, "microwave", "appliance", 1673},
	{79, "oven", "appliance", 3334},
	{80, "toaster", "appliance", 225},
	{81, "sink", "appliance", 5610},
	{82, "refrigerator", "appliance", 2637},
	{84, "book", "indoor", 24715},
	{85, "clock", "indoor", 6334},
	{86, "vase", "indoor", 6613},
	{87, "scissors", "indoor", 1481},
	{88, "teddy bear", "indoor", 4793},
	{89, "hair drier", "indoor", 198},
	{90, "toothbrush", "indoor", 1954},
}
