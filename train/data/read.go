package data

import "image"

// Extensions are the endings of image files that can be read, in lower case.
var Extensions = []string{".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}

// ReadImage reads the whole image of an item as the network sees it, upright.
// Where Width and Height are set, the file must have these dimensions.
func ReadImage(item Item) (*image.RGBA, error) {
	var d decoder
	p, err := d.decode(&item, Keep{}, 1)
	if err != nil {
		return nil, &ImageError{Path: item.Path, ID: item.ID, Err: err}
	}
	img := image.NewRGBA(image.Rect(0, 0, p.width, p.height))
	for y := range p.height {
		out := img.Pix[y*img.Stride:]
		for i, row := 0, p.row(y); i < p.width; i++ {
			out[4*i], out[4*i+1], out[4*i+2], out[4*i+3] = row[3*i], row[3*i+1], row[3*i+2], 255
		}
	}
	return img, nil
}

// Normalisation returns the mean and deviation of the network's input, of
// values in [0, 1], for R, G and B.
func Normalisation() (means, deviations [3]float64) { return mean, std }
