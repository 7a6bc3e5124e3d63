namespace ResNetManaged.Kernels.Tiles;

/// <summary>A number as a type: a kernel with such a type argument is compiled once for each number, as a constant.</summary>
internal interface IConstant
{
    static abstract int Value { get; }
}

internal readonly struct Const0 : IConstant { public static int Value => 0; }

internal readonly struct Const1 : IConstant { public static int Value => 1; }

internal readonly struct Const2 : IConstant { public static int Value => 2; }

internal readonly struct Const3 : IConstant { public static int Value => 3; }

internal readonly struct Const4 : IConstant { public static int Value => 4; }

internal readonly struct Const5 : IConstant { public static int Value => 5; }

internal readonly struct Const6 : IConstant { public static int Value => 6; }

internal readonly struct Const7 : IConstant { public static int Value => 7; }

internal readonly struct Const8 : IConstant { public static int Value => 8; }

internal readonly struct Const16 : IConstant { public static int Value => 16; }

internal readonly struct Const32 : IConstant { public static int Value => 32; }
