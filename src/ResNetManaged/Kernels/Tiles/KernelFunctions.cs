// The addresses of compiled kernels. Aliases of function pointers cannot be documented or nested in a namespace.

// DepthwiseKernel.Run: computes rows of tiles.
// TileKernel.Run and SmallTileKernel.Run: computes a number of tiles.
// DotKernel.Run: computes a number of tiles.
// GroupKernel.Run: channels, tiles, points, stride of points, weights, stride of weights.
global using unsafe DepthwiseFunction = delegate*<in ResNetManaged.Kernels.Convolution.Depthwise.DepthwiseCall, int, int, void>;
global using unsafe DotFunction = delegate*<in ResNetManaged.Kernels.Quantized.DotCall, ResNetManaged.Kernels.Quantized.DotTile*, int, void>;
global using unsafe GroupFunction = delegate*<float*, int, int, nint, float*, nint, void>;
global using unsafe TileFunction = delegate*<in ResNetManaged.Kernels.Tiles.TileCall, ResNetManaged.Kernels.Tiles.Tile*, int, void>;
// WeightTileKernel.Run: adds the products of the call's pixels (two runs of the input, the gradient) to the sums.
global using unsafe WeightTileFunction = delegate*<in ResNetManaged.Kernels.Tiles.WeightTileCall, float*, float*, float*, float*, void>;
