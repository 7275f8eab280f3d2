package sample

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

const (
	sheetColumns = 4
	sheetRows    = 3
	sheetCell    = 256 // pixels
)

// ContactSheet reads the validation split of the sample in dir and returns a
// picture of its first 12 images, 4 in a row, with boxes and class names.
func ContactSheet(dir string) (image.Image, error) {
	path := annotationPath(dir, val)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("sample: contact sheet: %w", err)
	}
	var file cocoFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("sample: contact sheet: %s: %w", path, err)
	}
	sheet := image.NewRGBA(image.Rect(0, 0, sheetColumns*sheetCell, sheetRows*sheetCell))
	draw.Draw(sheet, sheet.Rect, image.White, image.Point{}, draw.Src)
	for i, entry := range file.Images[:min(len(file.Images), sheetColumns*sheetRows)] {
		img, err := readJPEG(filepath.Join(dir, val.String(), entry.FileName))
		if err != nil {
			return nil, fmt.Errorf("sample: contact sheet: %w", err)
		}
		corner := image.Pt(i%sheetColumns*sheetCell, i/sheetColumns*sheetCell)
		cell := image.Rectangle{corner, corner.Add(image.Pt(sheetCell, sheetCell))}
		scaler := draw.Interpolator(draw.CatmullRom)
		if sheetCell%entry.Width == 0 {
			scaler = draw.NearestNeighbor
		}
		scaler.Scale(sheet, cell, img, img.Bounds(), draw.Src, nil)
		for _, paint := range []func(*image.RGBA, mark){frameObject, nameObject} {
			for _, a := range file.Annotations {
				if a.ImageID == entry.ID {
					paint(sheet.SubImage(cell).(*image.RGBA), newMark(a, cell, entry.Width, file.Categories))
				}
			}
		}
	}
	return reduce(sheet), nil
}

func readJPEG(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, err := jpeg.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return img, nil
}

// mark is what the sheet shows of an object.
type mark struct {
	edge image.Rectangle // around the box
	name string
	ink  image.Image // a colour of the class
}

func newMark(a cocoAnnotation, cell image.Rectangle, side int, categories []cocoCategory) mark {
	scale := float64(sheetCell) / float64(side)
	at := func(v float64) int { return int(v*scale + 0.5) }
	b := image.Rect(at(a.BBox[0]), at(a.BBox[1]), at(a.BBox[0]+a.BBox[2]), at(a.BBox[1]+a.BBox[3]))
	golden := hsv(0.618034*float64(a.CategoryID), 0.7, 1)
	ink := color.RGBA{uint8(255 * golden[0]), uint8(255 * golden[1]), uint8(255 * golden[2]), 255}
	return mark{b.Add(cell.Min).Inset(-1), categories[a.CategoryID-1].Name, image.NewUniform(ink)}
}

// frameObject draws the box of an object, two pixels wide.
func frameObject(cell *image.RGBA, m mark) {
	const width = 2
	e := m.edge
	for _, side := range []image.Rectangle{
		{e.Min, image.Pt(e.Max.X, e.Min.Y+width)}, {image.Pt(e.Min.X, e.Max.Y-width), e.Max},
		{e.Min, image.Pt(e.Min.X+width, e.Max.Y)}, {image.Pt(e.Max.X-width, e.Min.Y), e.Max},
	} {
		draw.Draw(cell, side, m.ink, image.Point{}, draw.Src)
	}
}

// nameObject writes the class above the box, or as near as the cell allows.
func nameObject(cell *image.RGBA, m mark) {
	const height, baseline, margin = 13, 10, 2
	face := basicfont.Face7x13
	width := face.Advance*len(m.name) + 2*margin
	corner := image.Pt(min(m.edge.Min.X, cell.Rect.Max.X-width), max(m.edge.Min.Y-height, cell.Rect.Min.Y))
	draw.Draw(cell, image.Rectangle{corner, corner.Add(image.Pt(width, height))}, m.ink, image.Point{}, draw.Src)
	pen := font.Drawer{Dst: cell, Src: image.Black, Face: face, Dot: fixed.P(corner.X+margin, corner.Y+baseline)}
	pen.DrawString(m.name)
}
