package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"cocostat/internal/charts"
)

// figure is a picture in two shapes, of which the page shows the one that
// fits.
type figure struct {
	Name, Title, Caption string
	Wide, Narrow         template.HTML
}

// narrowTop is the most classes of the co-occurrence picture on a phone.
const narrowTop = 20

// shapes are the pictures and their sizes in pixels on a wide page and on a
// phone.
var shapes = []struct {
	panel         charts.Panel
	name, caption string
	wide, narrow  [2]float64
}{
	{charts.Classes, "classes",
		"Instances of each class, on a logarithmic scale. The tail are the rarest classes by images, so that the two groups may interleave.",
		[2]float64{1080, 400}, [2]float64{350, 400}},
	{charts.ObjectsPerImage, "objects",
		"Images by the number of their objects. A last bar marked ≥ holds all above.",
		[2]float64{430, 280}, [2]float64{350, 260}},
	{charts.BoxSizes, "boxes",
		"Boxes by width and height. The dashed lines are COCO’s limits between small, medium and large.",
		[2]float64{430, 420}, [2]float64{350, 350}},
	{charts.Cooccurrence, "together",
		"How many images hold both classes, of those with the most instances.",
		[2]float64{620, 650}, [2]float64{350, 385}},
}

func figures(d *charts.Data) []figure {
	if d == nil {
		return nil
	}
	narrow := *d
	narrow.Top = narrowTop
	var out []figure
	for _, s := range shapes {
		out = append(out, figure{Name: s.name, Title: s.panel.String(), Caption: s.caption,
			Wide:   template.HTML(charts.Inline(d, s.panel, s.wide[0], s.wide[1])),
			Narrow: template.HTML(charts.Inline(&narrow, s.panel, s.narrow[0], s.narrow[1]))})
	}
	return out
}

// weight writes α with four digits, a dash if there is none.
func weight(alpha float64) string {
	if math.IsNaN(alpha) {
		return "–"
	}
	return strings.TrimSuffix(fmt.Sprintf("%#.4g", alpha), ".")
}
