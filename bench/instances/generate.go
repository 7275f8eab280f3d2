package main

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
)

// crowdShare is the share of crowd annotations, as in train2017.
const crowdShare = 0.012

// picture is one image of the file; sizes in pixels.
type picture struct {
	id, width, height int
}

// sizes are common image sizes of COCO, the frequent ones listed more often.
var sizes = [][2]int{
	{640, 480}, {640, 480}, {640, 480}, {640, 427}, {640, 427}, {640, 426},
	{480, 640}, {480, 640}, {427, 640}, {500, 375}, {375, 500}, {612, 612}, {640, 640}, {500, 333},
}

// object is one annotation before it is written: a class and the index of its
// image.
type object struct {
	class, image int32
}

// generator writes one file. Equal seeds give equal files.
type generator struct {
	rng      *rand.Rand
	pictures []picture
	objects  []object
	shape    shape
	line     []byte // the element being written
}

// generate writes scale times COCO train2017: its number of images and, class
// by class, of annotations, each at least 1.
func generate(out *bufio.Writer, scale float64, seed uint64) error {
	g := &generator{rng: rand.New(rand.NewPCG(seed, 0x636f636f))}
	images := atLeastOne(trainImages * scale)
	annotated := min(images, atLeastOne(trainAnnotated*scale))
	g.drawPictures(images)
	g.drawObjects(annotated, scale)
	return g.write(out)
}

func atLeastOne(x float64) int { return max(1, int(math.Round(x))) }

// drawPictures draws n images with distinct ids in no order.
func (g *generator) drawPictures(n int) {
	highest := trainMaxID * n / trainImages
	highest = max(highest, 4*n)
	for id := 1; id <= highest && len(g.pictures) < n; id++ {
		if g.rng.IntN(highest-id+1) < n-len(g.pictures) {
			size := sizes[g.rng.IntN(len(sizes))]
			g.pictures = append(g.pictures, picture{id, size[0], size[1]})
		}
	}
	g.rng.Shuffle(n, func(i, j int) { g.pictures[i], g.pictures[j] = g.pictures[j], g.pictures[i] })
}

// drawObjects gives every class its instances, in clusters of 2.2 objects in
// one image on average: about as many pairs of image and class as in train2017.
// Each of the first annotated images gets a cluster, as far as there are enough.
func (g *generator) drawObjects(annotated int, scale float64) {
	type cluster struct{ class, objects int32 }
	var clusters []cluster
	total := 0
	for c := range classes {
		left := atLeastOne(float64(classes[c].instances) * scale)
		total += left
		for left > 0 {
			k := min(left, 1+int(g.rng.ExpFloat64()*1.7))
			clusters = append(clusters, cluster{int32(c), int32(k)})
			left -= k
		}
	}
	g.rng.Shuffle(len(clusters), func(i, j int) { clusters[i], clusters[j] = clusters[j], clusters[i] })
	g.objects = make([]object, 0, total)
	for i, k := range clusters {
		image := int32(i)
		if i >= annotated {
			image = int32(g.rng.IntN(annotated))
		}
		for range k.objects {
			g.objects = append(g.objects, object{k.class, image})
		}
	}
	g.rng.Shuffle(total, func(i, j int) { g.objects[i], g.objects[j] = g.objects[j], g.objects[i] })
}

// write writes the file with the keys, their order and the spacing of the
// official one.
func (g *generator) write(out *bufio.Writer) error {
	out.WriteString(`{"info": {"description": "made like COCO 2017 train","url": "http://example.org","version": "1.0","year": 2017,"contributor": "none","date_created": "2017/09/01"},"licenses": [`)
	for i := 1; i <= 8; i++ {
		separate(out, i > 1)
		fmt.Fprintf(out, `{"url": "http://example.org/licenses/%d/","id": %d,"name": "Licence %d"}`, i, i, i)
	}
	out.WriteString(`],"images": [`)
	for i, p := range g.pictures {
		separate(out, i > 0)
		g.writePicture(out, p)
	}
	out.WriteString(`],"annotations": [`)
	id := 0
	for i, o := range g.objects {
		separate(out, i > 0)
		id += 1 + g.rng.IntN(4)
		g.writeObject(out, o, id)
	}
	out.WriteString(`],"categories": [`)
	for i, c := range classes {
		separate(out, i > 0)
		fmt.Fprintf(out, `{"supercategory": %q,"id": %d,"name": %q}`, c.super, c.id, c.name)
	}
	_, err := out.WriteString("]}") // bufio keeps the first error
	return err
}

func separate(out *bufio.Writer, yes bool) {
	if yes {
		out.WriteByte(',')
	}
}

func (g *generator) writePicture(out *bufio.Writer, p picture) {
	fmt.Fprintf(out, `{"license": %d,"file_name": "%012d.jpg","coco_url": "http://images.example.org/train2017/%012d.jpg",`+
		`"height": %d,"width": %d,"date_captured": "2013-11-%02d %02d:%02d:%02d",`+
		`"flickr_url": "http://farm%d.example.org/%04d/%010d_%010x_z.jpg","id": %d}`,
		1+g.rng.IntN(8), p.id, p.id, p.height, p.width, 14+g.rng.IntN(11), g.rng.IntN(24), g.rng.IntN(60), g.rng.IntN(60),
		1+g.rng.IntN(9), g.rng.IntN(10000), g.rng.Int64N(1e10), g.rng.Int64N(1<<40), p.id)
}

// writeObject writes an annotation; crowds have run lengths and, as in COCO, an
// id of a range of their own.
func (g *generator) writeObject(out *bufio.Writer, o object, id int) {
	p := g.pictures[o.image]
	g.shape.draw(g.rng, p.width, p.height)
	b := append(g.line[:0], `{"segmentation": `...)
	crowd := int64(0)
	if g.rng.Float64() < crowdShare {
		crowd = 1
		id += 900100000000
		b = g.appendRuns(b, p)
	} else {
		b = g.shape.appendPolygons(b)
	}
	b = append(b, `,"area": `...)
	b = appendFloat(b, g.shape.area())
	b = append(b, `,"iscrowd": `...)
	b = strconv.AppendInt(b, crowd, 10)
	b = append(b, `,"image_id": `...)
	b = strconv.AppendInt(b, int64(p.id), 10)
	b = append(b, `,"bbox": [`...)
	for i, v := range g.shape.box() {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendHundredths(b, v)
	}
	b = append(b, `],"category_id": `...)
	b = strconv.AppendInt(b, int64(classes[o.class].id), 10)
	b = append(b, `,"id": `...)
	b = strconv.AppendInt(b, int64(id), 10)
	g.line = append(b, '}')
	out.Write(g.line)
}

// appendRuns appends a mask as uncompressed run lengths that fill the image.
func (g *generator) appendRuns(b []byte, p picture) []byte {
	b = append(b, `{"counts": [`...)
	left := p.width * p.height
	mean := left / (40 + g.rng.IntN(500))
	for first := true; left > 0; first = false {
		if !first {
			b = append(b, ',')
		}
		run := min(left, 1+int(g.rng.ExpFloat64()*float64(mean)))
		b = strconv.AppendInt(b, int64(run), 10)
		left -= run
	}
	return fmt.Appendf(b, `],"size": [%d,%d]}`, p.height, p.width)
}
