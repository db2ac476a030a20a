<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>AddDialog</name>
    <message>
        <source>Add a machine</source>
        <translation>添加机器</translation>
    </message>
    <message>
        <source>HPipe must run on the other machine too: its window, or “main.py worker” in a terminal.</source>
        <translation>另一台机器上也必须运行 HPipe：打开它的窗口，或在终端中运行“main.py worker”。</translation>
    </message>
    <message>
        <source>Machines found in the network</source>
        <translation>在网络中找到的机器</translation>
    </message>
    <message>
        <source>No machine that waits to be paired is found in this network yet.</source>
        <translation>此网络中还没有找到等待配对的机器。</translation>
    </message>
    <message>
        <source>&amp;Pair …</source>
        <translation>配对(&amp;P)…</translation>
    </message>
    <message>
        <source>Pair with the chosen machine</source>
        <translation>与所选机器配对</translation>
    </message>
    <message>
        <source>192.168.1.20 or desk.local</source>
        <translation>192.168.1.20 或 desk.local</translation>
    </message>
    <message>
        <source>Address of the machine</source>
        <translation>机器的地址</translation>
    </message>
    <message>
        <source>&amp;Look there</source>
        <translation>在那里查找(&amp;L)</translation>
    </message>
    <message>
        <source>Found in this &amp;network</source>
        <translation>在此网络中找到的机器(&amp;N)</translation>
    </message>
    <message>
        <source>By its &amp;address</source>
        <translation>按地址添加(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Why is it not here?</source>
        <translation>为什么这里没有它？(&amp;W)</translation>
    </message>
    <message>
        <source>Show this machine&apos;s &amp;code …</source>
        <translation>显示本机的配对码(&amp;C)…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Looking …</source>
        <translation>正在查找…</translation>
    </message>
    <message>
        <source>A machine answered and is in the list now.</source>
        <translation>有一台机器应答了，现已列出。</translation>
    </message>
</context>
<context>
    <name>Analyze</name>
    <message>
        <source>{n} tokens</source>
        <translation>{n} 个词元</translation>
    </message>
    <message>
        <source>Stopping …</source>
        <translation>正在停止…</translation>
    </message>
    <message>
        <source>Reading: {read} of {all} tokens</source>
        <translation>正在阅读：{read} / {all} 个词元</translation>
    </message>
    <message>
        <source>Loading the model: {done} of {all}</source>
        <translation>正在载入模型：{done} / {all}</translation>
    </message>
    <message>
        <source>Measuring the machines on this model, once</source>
        <translation>正在用此模型测量各机器，只需一次</translation>
    </message>
    <message>
        <source>Waiting for its turn</source>
        <translation>等待轮到它</translation>
    </message>
    <message>
        <source>Choosing which machine does what</source>
        <translation>正在决定哪台机器做什么</translation>
    </message>
    <message>
        <source>Getting the model ready on the machines</source>
        <translation>正在各台机器上准备模型</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>正在阅读</translation>
    </message>
    <message>
        <source>Answering</source>
        <translation>正在回答</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>还剩 {time}</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>Answered</source>
        <translation>已回答</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>准备中</translation>
    </message>
    <message>
        <source>Cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>Opening …</source>
        <translation>正在打开…</translation>
    </message>
    <message>
        <source>Too long</source>
        <translation>太长</translation>
    </message>
    <message>
        <source>Reused {n} of {all} tokens: what was read before is not read again.</source>
        <translation>复用了 {all} 个词元中的 {n} 个：已读过的内容不再重读。</translation>
    </message>
    <message>
        <source>{n} tokens read in {time}</source>
        <translation>在 {time} 内读完 {n} 个词元</translation>
    </message>
    <message>
        <source>written at {rate}</source>
        <translation>书写速度 {rate}</translation>
    </message>
    <message>
        <source>on {machines}</source>
        <translation>运行于 {machines}</translation>
    </message>
    <message>
        <source>“{title}” has {n} tokens, {model} can take {room} beside the answer.</source>
        <translation>“{title}”有 {n} 个词元，而 {model} 除回答外只能容纳 {room} 个。</translation>
    </message>
</context>
<context>
    <name>AnalyzePage</name>
    <message>
        <source>Analyze</source>
        <translation>分析</translation>
    </message>
    <message>
        <source>Open …</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Open documents</source>
        <translation>打开文档</translation>
    </message>
    <message>
        <source>Open documents (Ctrl+O)</source>
        <translation>打开文档 (Ctrl+O)</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史</translation>
    </message>
    <message>
        <source>Past answers</source>
        <translation>以前的回答</translation>
    </message>
    <message>
        <source>Past answers (Ctrl+Shift+H)</source>
        <translation>以前的回答 (Ctrl+Shift+H)</translation>
    </message>
    <message>
        <source>There is no document here that HPipe can read.</source>
        <translation>这里没有 HPipe 能读取的文档。</translation>
    </message>
    <message>
        <source>It reads PDF, Word (.docx), Markdown, HTML and plain text.</source>
        <translation>它能读取 PDF、Word (.docx)、Markdown、HTML 和纯文本。</translation>
    </message>
    <message>
        <source>&amp;Open documents …</source>
        <translation>打开文档(&amp;O)…</translation>
    </message>
    <message>
        <source>Open the &amp;sample</source>
        <translation>打开示例(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Put this document away</source>
        <translation>收起此文档(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Write a question</source>
        <translation>写一个问题(&amp;W)</translation>
    </message>
    <message>
        <source>Ask &amp;all documents</source>
        <translation>向所有文档提问(&amp;A)</translation>
    </message>
    <message>
        <source>S&amp;top answering</source>
        <translation>停止回答(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Find in the text …</source>
        <translation>在文本中查找(&amp;F)…</translation>
    </message>
    <message>
        <source>&amp;Copy the answer</source>
        <translation>复制回答(&amp;C)</translation>
    </message>
    <message>
        <source>Save as &amp;Markdown …</source>
        <translation>另存为 Markdown(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;History</source>
        <translation>历史(&amp;H)</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Past answers, kept on this machine</source>
        <translation>以前的回答，保存在本机</translation>
    </message>
    <message numerus="yes">
        <source>%n page(s)</source>
        <translation>
            <numerusform>%n 页</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n section(s)</source>
        <translation>
            <numerusform>%n 节</numerusform>
        </translation>
    </message>
    <message>
        <source>Save the answer</source>
        <translation>保存回答</translation>
    </message>
    <message>
        <source>Markdown (*.md)</source>
        <translation>Markdown (*.md)</translation>
    </message>
    <message>
        <source>Saved to {path}.</source>
        <translation>已保存到 {path}。</translation>
    </message>
</context>
<context>
    <name>AnswerText</name>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
</context>
<context>
    <name>Block</name>
    <message>
        <source>{name} ({device}), stage {place} of {count}: layers {first} to {last}, {needed} of {limit}</source>
        <translation>{name}（{device}），第 {place} 段，共 {count} 段：第 {first} 至 {last} 层，{needed} / {limit}</translation>
    </message>
    <message>
        <source>, more memory than it has</source>
        <translation>，所需内存超过它所有的</translation>
    </message>
    <message>
        <source>, the slowest stage</source>
        <translation>，最慢的一段</translation>
    </message>
    <message>
        <source>, not a machine of yours</source>
        <translation>，不是您的机器</translation>
    </message>
    <message>
        <source>Move to the &amp;left</source>
        <translation>左移(&amp;L)</translation>
    </message>
    <message>
        <source>Move to the &amp;right</source>
        <translation>右移(&amp;R)</translation>
    </message>
    <message>
        <source>Leave this machine &amp;out</source>
        <translation>不用这台机器(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Only this machine</source>
        <translation>只用这台机器(&amp;O)</translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n 层</numerusform>
        </translation>
    </message>
    <message>
        <source>slowest</source>
        <translation>最慢</translation>
    </message>
    <message>
        <source>{needed} of {limit}</source>
        <translation>{needed} / {limit}</translation>
    </message>
</context>
<context>
    <name>Bridge</name>
    <message>
        <source>The part of HPipe that talks to machines did not start.</source>
        <translation>HPipe 中与各台机器通信的部分未能启动。</translation>
    </message>
    <message>
        <source>The log file says why; opening HPipe again may help.</source>
        <translation>日志文件中写有原因；重新打开 HPipe 也许有用。</translation>
    </message>
    <message>
        <source>Something went wrong inside HPipe.</source>
        <translation>HPipe 内部出了问题。</translation>
    </message>
    <message>
        <source>The details are in the log file.</source>
        <translation>详情在日志文件中。</translation>
    </message>
</context>
<context>
    <name>BugDialog</name>
    <message>
        <source>HPipe made a mistake</source>
        <translation>HPipe 出错了</translation>
    </message>
    <message>
        <source>This is a mistake in HPipe, not yours.</source>
        <translation>这是 HPipe 的错误，不是您的。</translation>
    </message>
    <message>
        <source>You can go on working. If it happens again, please report it with the details below. The log is in {path}.</source>
        <translation>您可以继续工作。如果再次发生，请附上下面的详情报告。日志位于 {path}。</translation>
    </message>
    <message>
        <source>Details of the mistake</source>
        <translation>错误详情</translation>
    </message>
    <message>
        <source>&amp;Copy details</source>
        <translation>复制详情(&amp;C)</translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation>关闭(&amp;L)</translation>
    </message>
</context>
<context>
    <name>CodeDialog</name>
    <message>
        <source>The code of this machine</source>
        <translation>本机的配对码</translation>
    </message>
    <message>
        <source>On the other machine choose this one, and type these digits there.</source>
        <translation>在另一台机器上选择本机，并在那里输入这些数字。</translation>
    </message>
    <message>
        <source>How long the code can be used</source>
        <translation>配对码还能用多久</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>A new code comes in {time}.</source>
        <translation>新的配对码将在 {time} 后出现。</translation>
    </message>
    <message>
        <source>Paired with {name}.</source>
        <translation>已与 {name} 配对。</translation>
    </message>
</context>
<context>
    <name>Comparison</name>
    <message>
        <source>Plan</source>
        <translation>方案</translation>
    </message>
    <message>
        <source>Machines</source>
        <translation>机器</translation>
    </message>
    <message>
        <source>First token</source>
        <translation>首个词元</translation>
    </message>
    <message>
        <source>Whole answer</source>
        <translation>完整回答</translation>
    </message>
    <message>
        <source>Per token</source>
        <translation>每个词元</translation>
    </message>
    <message>
        <source>Documents/h</source>
        <translation>文档/小时</translation>
    </message>
    <message>
        <source>This plan compared with others</source>
        <translation>此方案与其他方案的比较</translation>
    </message>
</context>
<context>
    <name>ConversationView</name>
    <message>
        <source>Questions and answers</source>
        <translation>问题与回答</translation>
    </message>
</context>
<context>
    <name>Desk</name>
    <message>
        <source>HPipe started anew before this was answered.</source>
        <translation>在回答之前 HPipe 重新启动了。</translation>
    </message>
</context>
<context>
    <name>DiagnoseDialog</name>
    <message>
        <source>Why is my machine not here?</source>
        <translation>为什么这里没有我的机器？</translation>
    </message>
    <message>
        <source>HPipe checks this machine&apos;s side. Open this on the other machine as well.</source>
        <translation>HPipe 检查的是本机这一侧。请在另一台机器上也打开此处。</translation>
    </message>
    <message>
        <source>Checking</source>
        <translation>正在检查</translation>
    </message>
    <message>
        <source>What was checked</source>
        <translation>检查了什么</translation>
    </message>
    <message>
        <source>Check &amp;again</source>
        <translation>再次检查(&amp;A)</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message numerus="yes">
        <source>%n thing(s) may be in the way.</source>
        <translation>
            <numerusform>可能有 %n 处障碍。</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing is in the way on this machine.</source>
        <translation>本机上没有任何障碍。</translation>
    </message>
    <message>
        <source>Check the other one: it must run HPipe and be in the same network.</source>
        <translation>请检查另一台机器：它必须运行 HPipe，并且在同一网络中。</translation>
    </message>
</context>
<context>
    <name>DocumentList</name>
    <message>
        <source>Stop all questions</source>
        <translation>停止所有问题</translation>
    </message>
    <message>
        <source>Put this document away (Delete)</source>
        <translation>收起此文档 (Delete)</translation>
    </message>
    <message>
        <source>Open documents</source>
        <translation>打开文档</translation>
    </message>
    <message numerus="yes">
        <source>%n document(s)</source>
        <translation>
            <numerusform>%n 份文档</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DocumentPane</name>
    <message>
        <source>Go to a page or section</source>
        <translation>转到某一页或某一节</translation>
    </message>
    <message>
        <source>Find in the text</source>
        <translation>在文本中查找</translation>
    </message>
    <message>
        <source>Next place (Enter)</source>
        <translation>下一处 (Enter)</translation>
    </message>
    <message>
        <source>Not found</source>
        <translation>未找到</translation>
    </message>
    <message>
        <source>Opening …</source>
        <translation>正在打开…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
</context>
<context>
    <name>DocumentText</name>
    <message>
        <source>Text of {title}</source>
        <translation>{title} 的文本</translation>
    </message>
</context>
<context>
    <name>Exports</name>
    <message>
        <source>Export the records</source>
        <translation>导出记录</translation>
    </message>
    <message>
        <source>Export a picture</source>
        <translation>导出图片</translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) written to {path}.</source>
        <translation>
            <numerusform>已把 %n 条记录写入 {path}。</numerusform>
        </translation>
    </message>
    <message>
        <source>The picture is in {path}.</source>
        <translation>图片位于 {path}。</translation>
    </message>
</context>
<context>
    <name>Format</name>
    <message>
        <source>{n} GB</source>
        <translation>{n} GB</translation>
    </message>
    <message>
        <source>{n} MB</source>
        <translation>{n} MB</translation>
    </message>
    <message>
        <source>{n} ms</source>
        <translation>{n} 毫秒</translation>
    </message>
    <message>
        <source>{n} s</source>
        <translation>{n} 秒</translation>
    </message>
    <message>
        <source>{m} min {s} s</source>
        <translation>{m} 分 {s} 秒</translation>
    </message>
    <message>
        <source>{h} h {m} min</source>
        <translation>{h} 小时 {m} 分</translation>
    </message>
    <message>
        <source>{n} tokens/s</source>
        <translation>{n} 词元/秒</translation>
    </message>
    <message>
        <source>{n} Gb/s</source>
        <translation>{n} Gb/s</translation>
    </message>
    <message>
        <source>{n} kb/s</source>
        <translation>{n} kb/s</translation>
    </message>
    <message>
        <source>{n} Mb/s</source>
        <translation>{n} Mb/s</translation>
    </message>
    <message>
        <source>{n} %</source>
        <translation>{n} %</translation>
    </message>
</context>
<context>
    <name>GettingStrip</name>
    <message>
        <source>Progress of getting the model</source>
        <translation>获取模型的进度</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stop getting the model</source>
        <translation>停止获取模型</translation>
    </message>
    <message>
        <source>Getting {name} …</source>
        <translation>正在获取 {name} …</translation>
    </message>
    <message>
        <source> {part} of {size}</source>
        <translation> {size} 的 {part}</translation>
    </message>
</context>
<context>
    <name>Graphs</name>
    <message>
        <source>How each stage spends its time</source>
        <translation>各段如何使用时间</translation>
    </message>
    <message>
        <source>computing</source>
        <translation>计算</translation>
    </message>
    <message>
        <source>sending</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>空闲</translation>
    </message>
</context>
<context>
    <name>GuestDialog</name>
    <message>
        <source>What if you had …</source>
        <translation>如果有……</translation>
    </message>
    <message>
        <source>The plan is made as if this device were there. Its speed is an estimate.</source>
        <translation>按照已有此设备的情况制定方案，其速度是估计值。</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search for a device</source>
        <translation>搜索设备</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Its network</source>
        <translation>它的网络</translation>
    </message>
    <message>
        <source>Joined &amp;by</source>
        <translation>连接方式(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Try it</source>
        <translation>试试看(&amp;T)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>{memory} for a model, about {speed} TFLOP/s</source>
        <translation>可用于模型的内存 {memory}，约 {speed} TFLOP/s</translation>
    </message>
    <message>
        <source>Wi-Fi, {rate}</source>
        <translation>无线，{rate}</translation>
    </message>
    <message>
        <source>a cable, {rate}</source>
        <translation>网线，{rate}</translation>
    </message>
</context>
<context>
    <name>HistoryView</name>
    <message>
        <source>Search questions, answers and documents</source>
        <translation>搜索问题、回答和文档</translation>
    </message>
    <message>
        <source>Search the history</source>
        <translation>搜索历史</translation>
    </message>
    <message>
        <source>Past answers</source>
        <translation>以前的回答</translation>
    </message>
    <message>
        <source>Nothing holds these words.</source>
        <translation>没有包含这些词的内容。</translation>
    </message>
    <message>
        <source>No answers yet</source>
        <translation>还没有回答</translation>
    </message>
    <message>
        <source>Every answer is kept here, on this machine only, until you delete it.</source>
        <translation>每个回答都只保存在本机，直到您删除它。</translation>
    </message>
    <message>
        <source>O&amp;pen document</source>
        <translation>打开文档(&amp;P)</translation>
    </message>
    <message>
        <source>Delete this answer (Delete)</source>
        <translation>删除此回答 (Delete)</translation>
    </message>
    <message>
        <source>Past answer</source>
        <translation>以前的回答</translation>
    </message>
    <message>
        <source>Delete this answer?</source>
        <translation>删除此回答？</translation>
    </message>
    <message>
        <source>“{question}” about {title} is deleted for good.</source>
        <translation>关于 {title} 的“{question}”将被永久删除。</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
</context>
<context>
    <name>HubSearch</name>
    <message>
        <source>A name, or owner/model</source>
        <translation>名称，或 所有者/模型</translation>
    </message>
    <message>
        <source>Search the Hugging Face hub</source>
        <translation>搜索 Hugging Face 模型库</translation>
    </message>
    <message>
        <source>&amp;Search</source>
        <translation>搜索(&amp;S)</translation>
    </message>
    <message>
        <source>Models found on the hub</source>
        <translation>在模型库中找到的模型</translation>
    </message>
    <message>
        <source>The hub is asked only when you search. Downloads stay on this computer.</source>
        <translation>只有在您搜索时才会询问模型库。下载的内容留在本机。</translation>
    </message>
    <message>
        <source>&amp;Get this model</source>
        <translation>获取此模型(&amp;G)</translation>
    </message>
    <message>
        <source>Searching …</source>
        <translation>正在搜索…</translation>
    </message>
    <message numerus="yes">
        <source>%n model(s) found</source>
        <translation>
            <numerusform>找到 %n 个模型</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing found. Try fewer or other words.</source>
        <translation>什么也没找到。请试试更少或不同的词。</translation>
    </message>
    <message>
        <source>The search did not work.</source>
        <translation>搜索未成功。</translation>
    </message>
</context>
<context>
    <name>InstalledModels</name>
    <message>
        <source>Installed models</source>
        <translation>已安装的模型</translation>
    </message>
    <message>
        <source>No model yet</source>
        <translation>还没有模型</translation>
    </message>
    <message>
        <source>The demo model is small and answers simple questions on any machine.</source>
        <translation>演示模型很小，在任何机器上都能回答简单的问题。</translation>
    </message>
    <message>
        <source>On disk</source>
        <translation>磁盘占用</translation>
    </message>
    <message>
        <source>Reads at most</source>
        <translation>最多读取</translation>
    </message>
    <message>
        <source>Memory it takes</source>
        <translation>所需内存</translation>
    </message>
    <message>
        <source>&amp;Delete …</source>
        <translation>删除(&amp;D)…</translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n 层</numerusform>
        </translation>
    </message>
    <message>
        <source>tokens at once</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>for {tokens} tokens</source>
        <translation>读取 {tokens} 词元时</translation>
    </message>
    <message>
        <source>for {tokens} tokens: this machine has it free</source>
        <translation>读取 {tokens} 词元时：本机空闲内存足够</translation>
    </message>
    <message>
        <source>for {tokens} tokens: the pool has it free, this machine alone not</source>
        <translation>读取 {tokens} 词元时：机器池的空闲内存足够，仅本机不够</translation>
    </message>
    <message>
        <source>for {tokens} tokens: the pool has only {free} free</source>
        <translation>读取 {tokens} 词元时：机器池只有 {free} 空闲</translation>
    </message>
    <message>
        <source>Delete {name}?</source>
        <translation>删除 {name}？</translation>
    </message>
    <message>
        <source>What HPipe made or fetched for it is deleted from this computer. A folder or file of yours stays where it is.</source>
        <translation>HPipe 为它生成或下载的内容将从这台计算机上删除。您自己的文件夹或文件保持不变。</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
</context>
<context>
    <name>LayerBar</name>
    <message>
        <source>Layers by machine</source>
        <translation>各机器的层</translation>
    </message>
    <message>
        <source>Boundary between {left} and {right}</source>
        <translation>{left} 与 {right} 之间的分界</translation>
    </message>
    <message>
        <source>Drag, or press the arrow keys, to give {left} or {right} more layers.</source>
        <translation>拖动，或按方向键，把更多层分给 {left} 或 {right}。</translation>
    </message>
</context>
<context>
    <name>LimitDialog</name>
    <message>
        <source>&amp;Use at most</source>
        <translation>最多使用(&amp;U)</translation>
    </message>
    <message>
        <source> GB</source>
        <translation> GB</translation>
    </message>
    <message>
        <source>Most memory, in GB</source>
        <translation>最大内存（GB）</translation>
    </message>
    <message>
        <source>Most memory</source>
        <translation>最大内存</translation>
    </message>
    <message>
        <source>Take part &amp;only from</source>
        <translation>仅在以下时段参与(&amp;O)：从</translation>
    </message>
    <message>
        <source>Takes part from</source>
        <translation>开始参与的时间</translation>
    </message>
    <message>
        <source>Takes part until</source>
        <translation>停止参与的时间</translation>
    </message>
    <message>
        <source>until</source>
        <translation>到</translation>
    </message>
    <message>
        <source>By the clock of this computer. A job that runs when they end is not broken off.</source>
        <translation>以这台计算机的时钟为准。时段结束时正在运行的任务不会中断。</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>What {name} gives to the pool</source>
        <translation>{name} 为机器池提供什么</translation>
    </message>
    <message>
        <source>It has {total} of memory, of which {free} are free now.</source>
        <translation>它有 {total} 内存，现在空闲 {free}。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>LogView</name>
    <message>
        <source>What happened</source>
        <translation>发生了什么</translation>
    </message>
    <message>
        <source>Warning: </source>
        <translation>警告：</translation>
    </message>
    <message>
        <source>Error: </source>
        <translation>错误：</translation>
    </message>
</context>
<context>
    <name>Machine</name>
    <message>
        <source>Connecting</source>
        <translation>正在连接</translation>
    </message>
    <message>
        <source>Not paired</source>
        <translation>未配对</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>已连接</translation>
    </message>
    <message>
        <source>Measuring</source>
        <translation>测量中</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Working</source>
        <translation>工作中</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>失去联系</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>被拒绝</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>未参加</translation>
    </message>
    <message>
        <source>Off hours</source>
        <translation>非参与时段</translation>
    </message>
    <message>
        <source>from {first} until {last}</source>
        <translation>{first} 到 {last}</translation>
    </message>
    <message>
        <source>It takes part {hours}.</source>
        <translation>它的参与时段为 {hours}。</translation>
    </message>
    <message>
        <source>{free} of {total} free</source>
        <translation>空闲 {free} / {total}</translation>
    </message>
    <message>
        <source>not measured yet</source>
        <translation>尚未测量</translation>
    </message>
    <message>
        <source>this machine</source>
        <translation>本机</translation>
    </message>
</context>
<context>
    <name>MachineCard</name>
    <message>
        <source>this machine</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Reads the chosen model at</source>
        <translation>阅读所选模型的速度</translation>
    </message>
    <message>
        <source>Network to this machine</source>
        <translation>与本机之间的网络</translation>
    </message>
    <message>
        <source>Progress of measuring</source>
        <translation>测量进度</translation>
    </message>
    <message>
        <source>Pair …</source>
        <translation>配对…</translation>
    </message>
    <message>
        <source>Why?</source>
        <translation>为什么？</translation>
    </message>
    <message>
        <source>Pair with {name}</source>
        <translation>与 {name} 配对</translation>
    </message>
    <message>
        <source>Why is {name} not here?</source>
        <translation>为什么 {name} 不在这里？</translation>
    </message>
</context>
<context>
    <name>MachineDetails</name>
    <message>
        <source>&amp;Use this machine</source>
        <translation>使用这台机器(&amp;U)</translation>
    </message>
    <message>
        <source>Use this machine in the pool</source>
        <translation>在机器池中使用这台机器</translation>
    </message>
    <message>
        <source>Rename …</source>
        <translation>重命名…</translation>
    </message>
    <message>
        <source>Limits …</source>
        <translation>限制…</translation>
    </message>
    <message>
        <source>Limit its memory or hours</source>
        <translation>限制它的内存或时段</translation>
    </message>
    <message>
        <source>Forget …</source>
        <translation>忘记…</translation>
    </message>
    <message>
        <source>Pair …</source>
        <translation>配对…</translation>
    </message>
    <message>
        <source>Facts about the chosen machine</source>
        <translation>所选机器的情况</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Reads</source>
        <translation>阅读</translation>
    </message>
    <message>
        <source>Writes</source>
        <translation>书写</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>uses {size} at most</source>
        <translation>最多使用 {size}</translation>
    </message>
    <message>
        <source>Limit</source>
        <translation>限制</translation>
    </message>
    <message>
        <source>Hours</source>
        <translation>时段</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>{n} °C</source>
        <translation>{n} °C</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>To {name}</source>
        <translation>到 {name}</translation>
    </message>
</context>
<context>
    <name>MachineList</name>
    <message>
        <source>Machines</source>
        <translation>机器</translation>
    </message>
</context>
<context>
    <name>MachinesPage</name>
    <message>
        <source>Machines</source>
        <translation>机器</translation>
    </message>
    <message>
        <source>Measure again</source>
        <translation>重新测量</translation>
    </message>
    <message>
        <source>Add a machine</source>
        <translation>添加机器</translation>
    </message>
    <message>
        <source>&amp;Add a machine …</source>
        <translation>添加机器(&amp;A)…</translation>
    </message>
    <message>
        <source>&amp;Show this machine&apos;s code …</source>
        <translation>显示本机的配对码(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Why is my machine not here? …</source>
        <translation>为什么这里没有我的机器？(&amp;W)…</translation>
    </message>
    <message>
        <source>&amp;Pair …</source>
        <translation>配对(&amp;P)…</translation>
    </message>
    <message>
        <source>&amp;Rename …</source>
        <translation>重命名(&amp;R)…</translation>
    </message>
    <message>
        <source>&amp;Use this machine</source>
        <translation>使用这台机器(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Forget …</source>
        <translation>忘记(&amp;F)…</translation>
    </message>
    <message numerus="yes">
        <source>%n machine(s) with {free} of free memory</source>
        <translation>
            <numerusform>%n 台机器，空闲内存 {free}</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Limit memory or hours …</source>
        <translation>限制内存或时段(&amp;L)…</translation>
    </message>
    <message>
        <source>Measures every machine and every link on the chosen model.</source>
        <translation>在所选模型上测量每台机器和每条链路。</translation>
    </message>
    <message>
        <source>Forget {name}?</source>
        <translation>忘记 {name}？</translation>
    </message>
    <message>
        <source>It is not used any more. To use it again, pair it with a new code.</source>
        <translation>它将不再被使用。要再次使用，需用新的配对码重新配对。</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>忘记</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Machines are measured on a model, and none is chosen yet.</source>
        <translation>机器是在模型上测量的，而现在还没有选择模型。</translation>
    </message>
    <message>
        <source>Choose one at the bottom left (Ctrl+M).</source>
        <translation>请在左下角选择一个 (Ctrl+M)。</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Machines</source>
        <translation>机器</translation>
    </message>
    <message>
        <source>Plan</source>
        <translation>方案</translation>
    </message>
    <message>
        <source>Analyze</source>
        <translation>分析</translation>
    </message>
    <message>
        <source>Monitor</source>
        <translation>监视</translation>
    </message>
    <message>
        <source>the demo model</source>
        <translation>演示模型</translation>
    </message>
    <message>
        <source>The new settings are used when HPipe is opened again.</source>
        <translation>新设置将在下次打开 HPipe 时使用。</translation>
    </message>
    <message>
        <source>A job runs, and it is not broken off for them.</source>
        <translation>有任务正在运行，不会因此中断。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message numerus="yes">
        <source>%n document(s) are still being worked on. What is read so far is lost.</source>
        <translation>
            <numerusform>仍有 %n 份文档在处理中。已读取的内容会丢失。</numerusform>
        </translation>
    </message>
    <message>
        <source>Stop the job and close HPipe?</source>
        <translation>停止任务并关闭 HPipe?</translation>
    </message>
    <message>
        <source>{title} is still being worked on. What is read so far is lost.</source>
        <translation>{title} 仍在处理中。已读的内容将会丢失。</translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation>停止并关闭</translation>
    </message>
    <message>
        <source>Keep working</source>
        <translation>继续工作</translation>
    </message>
</context>
<context>
    <name>Measuring</name>
    <message>
        <source>Stop measuring</source>
        <translation>停止测量</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>测量</translation>
    </message>
    <message>
        <source>Measure again</source>
        <translation>重新测量</translation>
    </message>
</context>
<context>
    <name>Menus</name>
    <message>
        <source>&amp;HPipe</source>
        <translation>&amp;HPipe</translation>
    </message>
    <message>
        <source>&amp;Choose the model</source>
        <translation>选择模型(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Get another model …</source>
        <translation>获取其他模型(&amp;G)…</translation>
    </message>
    <message>
        <source>&amp;Settings …</source>
        <translation>设置(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Machines</source>
        <translation>机器(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Plan</source>
        <translation>方案(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Analyze</source>
        <translation>分析(&amp;A)</translation>
    </message>
    <message>
        <source>M&amp;onitor</source>
        <translation>监视(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Full screen</source>
        <translation>全屏(&amp;F)</translation>
    </message>
    <message>
        <source>H&amp;elp</source>
        <translation>帮助(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;First steps …</source>
        <translation>入门步骤(&amp;F)…</translation>
    </message>
    <message>
        <source>&amp;Open the folder of the log</source>
        <translation>打开日志文件夹(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;About HPipe</source>
        <translation>关于 HPipe(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;As the system</source>
        <translation>跟随系统(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>浅色(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>深色(&amp;D)</translation>
    </message>
    <message>
        <source>About HPipe</source>
        <translation>关于 HPipe</translation>
    </message>
    <message>
        <source>Pools the machines you own and runs one language model over all of them to read long documents. Nothing leaves your machines.</source>
        <translation>把您拥有的机器汇集起来，在所有机器上共同运行一个语言模型来阅读长文档。任何内容都不会离开您的机器。</translation>
    </message>
</context>
<context>
    <name>ModelChooser</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Looking …</source>
        <translation>正在查找…</translation>
    </message>
    <message>
        <source>None yet</source>
        <translation>还没有</translation>
    </message>
    <message>
        <source>Get another model …</source>
        <translation>获取其他模型…</translation>
    </message>
</context>
<context>
    <name>ModelDialog</name>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Get the demo model</source>
        <translation>获取演示模型</translation>
    </message>
    <message>
        <source>Where models come from</source>
        <translation>模型的来源</translation>
    </message>
    <message>
        <source>&amp;Installed</source>
        <translation>已安装(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;From this computer</source>
        <translation>来自本机(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Hugging Face hub</source>
        <translation>Hugging Face 模型库(&amp;H)</translation>
    </message>
    <message>
        <source>Use this model</source>
        <translation>使用此模型</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Get the &amp;demo</source>
        <translation>获取演示模型(&amp;D)</translation>
    </message>
    <message>
        <source>Choose a f&amp;older …</source>
        <translation>选择文件夹(&amp;O)…</translation>
    </message>
    <message>
        <source>Choose a &amp;GGUF file …</source>
        <translation>选择 GGUF 文件(&amp;G)…</translation>
    </message>
    <message>
        <source>Demo model</source>
        <translation>演示模型</translation>
    </message>
    <message>
        <source>Gemma 3 270M, about 250 MB. Small, quick, and enough to see how it works.</source>
        <translation>Gemma 3 270M，约 250 MB。小巧快速，足以了解它如何工作。</translation>
    </message>
    <message>
        <source>A Hugging Face folder</source>
        <translation>Hugging Face 文件夹</translation>
    </message>
    <message>
        <source>A folder with config.json, tokenizer.json and safetensors files.</source>
        <translation>包含 config.json、tokenizer.json 和 safetensors 文件的文件夹。</translation>
    </message>
    <message>
        <source>A GGUF file</source>
        <translation>GGUF 文件</translation>
    </message>
    <message>
        <source>It is converted once; the file itself stays as it is.</source>
        <translation>只转换一次；文件本身保持不变。</translation>
    </message>
    <message>
        <source>the demo model</source>
        <translation>演示模型</translation>
    </message>
    <message>
        <source>Choose the folder of a model</source>
        <translation>选择模型的文件夹</translation>
    </message>
    <message>
        <source>Choose a GGUF file</source>
        <translation>选择 GGUF 文件</translation>
    </message>
    <message>
        <source>GGUF models (*.gguf)</source>
        <translation>GGUF 模型 (*.gguf)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>{name} is ready to use.</source>
        <translation>{name} 可以使用了。</translation>
    </message>
</context>
<context>
    <name>MonitorPage</name>
    <message>
        <source>Monitor</source>
        <translation>监视</translation>
    </message>
    <message>
        <source>How much time is shown</source>
        <translation>显示多长时间</translation>
    </message>
    <message>
        <source>Last 15 seconds</source>
        <translation>最近 15 秒</translation>
    </message>
    <message>
        <source>Last minute</source>
        <translation>最近一分钟</translation>
    </message>
    <message>
        <source>Last 5 minutes</source>
        <translation>最近 5 分钟</translation>
    </message>
    <message>
        <source>As fits the job</source>
        <translation>适合任务</translation>
    </message>
    <message>
        <source>The whole reading</source>
        <translation>整个阅读过程</translation>
    </message>
    <message>
        <source>Pa&amp;use</source>
        <translation>暂停(&amp;U)</translation>
    </message>
    <message>
        <source>E&amp;xport</source>
        <translation>导出(&amp;X)</translation>
    </message>
    <message>
        <source>Go to Anal&amp;yze</source>
        <translation>转到“分析”(&amp;Y)</translation>
    </message>
    <message>
        <source>&amp;Pause or go on</source>
        <translation>暂停或继续(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Earlier</source>
        <translation>更早(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Later</source>
        <translation>更晚(&amp;L)</translation>
    </message>
    <message>
        <source>Export the records as a &amp;table …</source>
        <translation>把记录导出为表格(&amp;T)…</translation>
    </message>
    <message>
        <source>Export a p&amp;icture …</source>
        <translation>导出图片(&amp;I)…</translation>
    </message>
    <message>
        <source>Nothing has run yet</source>
        <translation>还没有运行过</translation>
    </message>
    <message>
        <source>As soon as a document is read, this page shows what every machine does: when it computes, waits for the one before it, and sends to the next.</source>
        <translation>一旦有文档被阅读，此页就会显示每台机器在做什么：何时计算、何时等待前一台、何时发送给下一台。</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>发生了什么</translation>
    </message>
    <message>
        <source>&amp;Go on</source>
        <translation>继续(&amp;G)</translation>
    </message>
</context>
<context>
    <name>MonitorWords</name>
    <message>
        <source>lost</source>
        <translation>失去联系</translation>
    </message>
    <message>
        <source>{needed} of {limit}</source>
        <translation>{needed} / {limit}</translation>
    </message>
    <message>
        <source>{n} °C</source>
        <translation>{n} °C</translation>
    </message>
    <message>
        <source>layer {number}</source>
        <translation>第 {number} 层</translation>
    </message>
    <message>
        <source>layers {range}</source>
        <translation>第 {range} 层</translation>
    </message>
    <message>
        <source>computing</source>
        <translation>计算</translation>
    </message>
    <message>
        <source>sending</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>空闲</translation>
    </message>
    <message>
        <source>{name}, stage {place}: {parts} of the time shown</source>
        <translation>{name}，第 {place} 段：所示时间的 {parts}</translation>
    </message>
    <message>
        <source>computing chunk {number}</source>
        <translation>正在计算第 {number} 块</translation>
    </message>
    <message>
        <source>waiting for chunk {number}</source>
        <translation>正在等待第 {number} 块</translation>
    </message>
    <message>
        <source>sending chunk {number}</source>
        <translation>正在发送第 {number} 块</translation>
    </message>
    <message numerus="yes">
        <source>%n more at work</source>
        <translation>
            <numerusform>另有 %n 个在进行</numerusform>
        </translation>
    </message>
    <message>
        <source>{title}: getting ready</source>
        <translation>{title}：准备中</translation>
    </message>
    <message>
        <source>{title}: {part} read</source>
        <translation>{title}：已读 {part}</translation>
    </message>
    <message>
        <source>{title}: answering</source>
        <translation>{title}：正在回答</translation>
    </message>
    <message>
        <source>{title}: ended</source>
        <translation>{title}：已结束</translation>
    </message>
    <message numerus="yes">
        <source>Preparing %n stage(s) for {title}.</source>
        <translation>
            <numerusform>正在为 {title} 准备 %n 段。</numerusform>
        </translation>
    </message>
    <message>
        <source>Reading what is new about {title}: {new} of {tokens} tokens.</source>
        <translation>正在阅读关于 {title} 的新内容：{tokens} 个词元中的 {new} 个。</translation>
    </message>
    <message>
        <source>Reading {title}: {tokens} tokens, {time} predicted.</source>
        <translation>正在阅读 {title}：{tokens} 个词元，预计 {time}。</translation>
    </message>
    <message>
        <source>The answer about {title} begins after {time}.</source>
        <translation>关于 {title} 的回答在 {time} 后开始。</translation>
    </message>
    <message>
        <source>The answer about {title} is complete.</source>
        <translation>关于 {title} 的回答已完成。</translation>
    </message>
    <message>
        <source>The work on {title} was cancelled.</source>
        <translation>对 {title} 的处理已取消。</translation>
    </message>
    <message>
        <source>The work on {title} failed: {error} {hint}</source>
        <translation>对 {title} 的处理失败：{error} {hint}</translation>
    </message>
</context>
<context>
    <name>Navigation</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>{title} (Ctrl+{number})</source>
        <translation>{title} (Ctrl+{number})</translation>
    </message>
</context>
<context>
    <name>Note</name>
    <message>
        <source>Put this message away</source>
        <translation>收起此消息</translation>
    </message>
</context>
<context>
    <name>PairDialog</name>
    <message>
        <source>Pair with {name}</source>
        <translation>与 {name} 配对</translation>
    </message>
    <message>
        <source>Type the six digits it shows: there under Machines, Show the code, or in its terminal. Only a person who sees both machines can pair them.</source>
        <translation>输入它显示的六位数字：在那台机器的“机器”页中选“显示本机的配对码”，或看它的终端。只有能同时看到两台机器的人才能把它们配对。</translation>
    </message>
    <message>
        <source>Pairing</source>
        <translation>正在配对</translation>
    </message>
    <message>
        <source>&amp;Code</source>
        <translation>配对码(&amp;C)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Pair</source>
        <translation>配对</translation>
    </message>
</context>
<context>
    <name>Places</name>
    <message>
        <source>Looking for machines …</source>
        <translation>正在查找机器…</translation>
    </message>
    <message>
        <source>This takes a second or two.</source>
        <translation>这需要一两秒钟。</translation>
    </message>
    <message>
        <source>HPipe is not connected</source>
        <translation>HPipe 未连接</translation>
    </message>
    <message>
        <source>What went wrong is said above. Mend it, then try again.</source>
        <translation>上面说明了出了什么问题。解决后请重试。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>No machine yet</source>
        <translation>还没有机器</translation>
    </message>
    <message>
        <source>Not even this one has answered. Why that is can be checked.</source>
        <translation>连本机也没有应答。可以检查原因。</translation>
    </message>
    <message>
        <source>Why is my machine not here?</source>
        <translation>为什么这里没有我的机器？</translation>
    </message>
    <message>
        <source>Bring in another machine</source>
        <translation>再加入一台机器</translation>
    </message>
    <message>
        <source>Open HPipe there, or run “main.py worker” in its terminal. It appears here within seconds, and is paired with six digits.</source>
        <translation>在那台机器上打开 HPipe，或在其终端中运行“main.py worker”。它会在几秒内出现在这里，用六位数字配对。</translation>
    </message>
    <message>
        <source>Show this machine&apos;s code</source>
        <translation>显示本机的配对码</translation>
    </message>
    <message>
        <source>No model yet</source>
        <translation>还没有模型</translation>
    </message>
    <message>
        <source>Choose one at the left, or get one: then HPipe can split its layers.</source>
        <translation>请在左侧选择或获取一个模型：然后 HPipe 就能划分它的层。</translation>
    </message>
    <message>
        <source>&amp;Get a model …</source>
        <translation>获取模型(&amp;G)…</translation>
    </message>
    <message>
        <source>No machine takes part</source>
        <translation>没有机器参加</translation>
    </message>
    <message>
        <source>A plan needs at least one machine that is paired and not left out.</source>
        <translation>方案至少需要一台已配对且参加的机器。</translation>
    </message>
    <message>
        <source>Go to Mach&amp;ines</source>
        <translation>转到“机器”(&amp;I)</translation>
    </message>
    <message>
        <source>No plan yet</source>
        <translation>还没有方案</translation>
    </message>
    <message>
        <source>Nothing was planned. The reason is above, if there is one.</source>
        <translation>没有作出规划。如有原因，见上方。</translation>
    </message>
    <message>
        <source>&amp;Plan again</source>
        <translation>重新规划(&amp;P)</translation>
    </message>
</context>
<context>
    <name>PlanFigures</name>
    <message>
        <source>First token</source>
        <translation>首个词元</translation>
    </message>
    <message>
        <source>Whole answer</source>
        <translation>完整回答</translation>
    </message>
    <message>
        <source>Per token</source>
        <translation>每个词元</translation>
    </message>
    <message>
        <source>Documents/hour</source>
        <translation>每小时文档数</translation>
    </message>
    <message>
        <source>Machines wait</source>
        <translation>机器等待</translation>
    </message>
    <message>
        <source>Slowest stage</source>
        <translation>最慢的一段</translation>
    </message>
    <message>
        <source>of this length</source>
        <translation>按此长度</translation>
    </message>
    <message>
        <source>of the reading</source>
        <translation>占阅读时间</translation>
    </message>
    <message>
        <source>{time} of work</source>
        <translation>{time} 的工作</translation>
    </message>
    <message>
        <source>as HPipe&apos;s choice</source>
        <translation>与 HPipe 的选择相同</translation>
    </message>
    <message>
        <source>▲ {time} slower</source>
        <translation>▲ 慢 {time}</translation>
    </message>
    <message>
        <source>▼ {time} faster</source>
        <translation>▼ 快 {time}</translation>
    </message>
</context>
<context>
    <name>PlanPage</name>
    <message>
        <source>Plan</source>
        <translation>方案</translation>
    </message>
    <message>
        <source>&amp;Use this plan</source>
        <translation>使用此方案(&amp;U)</translation>
    </message>
    <message>
        <source>Let &amp;HPipe decide</source>
        <translation>让 &amp;HPipe 决定</translation>
    </message>
    <message>
        <source>&amp;Balance the layers</source>
        <translation>平衡各层(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Even layers</source>
        <translation>平均分层(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;What if I had …</source>
        <translation>如果我有……(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Only what I have</source>
        <translation>只用我已有的(&amp;O)</translation>
    </message>
    <message>
        <source>U&amp;ndo</source>
        <translation>撤销(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Plan again</source>
        <translation>重新规划(&amp;P)</translation>
    </message>
    <message>
        <source>Let HPipe &amp;decide</source>
        <translation>让 HPipe 决定(&amp;D)</translation>
    </message>
    <message>
        <source>HPipe makes the best plan for each document (Ctrl+Backspace)</source>
        <translation>HPipe 为每份文档制定最佳方案 (Ctrl+Backspace)</translation>
    </message>
    <message>
        <source>Planning …</source>
        <translation>正在规划…</translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n 层</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n machine(s)</source>
        <translation>
            <numerusform>%n 台机器</numerusform>
        </translation>
    </message>
    <message>
        <source>{count} tokens</source>
        <translation>{count} 个词元</translation>
    </message>
    <message>
        <source> (the model reads {count} at most)</source>
        <translation>（模型最多阅读 {count} 个）</translation>
    </message>
</context>
<context>
    <name>PlanQuestion</name>
    <message>
        <source>Length of the text in tokens</source>
        <translation>文本长度（词元）</translation>
    </message>
    <message>
        <source>Length of the answer in tokens</source>
        <translation>回答长度（词元）</translation>
    </message>
    <message>
        <source>Fastest answer</source>
        <translation>最快的回答</translation>
    </message>
    <message>
        <source>Most documents per hour</source>
        <translation>每小时最多文档</translation>
    </message>
    <message>
        <source>What matters most</source>
        <translation>什么最重要</translation>
    </message>
    <message>
        <source>16 bit (full)</source>
        <translation>16 位（完整）</translation>
    </message>
    <message>
        <source>8 bit</source>
        <translation>8 位</translation>
    </message>
    <message>
        <source>4 bit (smallest)</source>
        <translation>4 位（最小）</translation>
    </message>
    <message>
        <source>Precision of the weights</source>
        <translation>权重的精度</translation>
    </message>
    <message>
        <source>Fewer bits need less memory and answer sooner, but are a little less exact.</source>
        <translation>位数越少，所需内存越少、回答越快，但精度略低。</translation>
    </message>
    <message>
        <source>&amp;Text</source>
        <translation>文本(&amp;T)</translation>
    </message>
    <message>
        <source>An&amp;swer</source>
        <translation>回答(&amp;S)</translation>
    </message>
    <message>
        <source>P&amp;recision</source>
        <translation>精度(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Goal</source>
        <translation>目标(&amp;G)</translation>
    </message>
    <message>
        <source> tokens</source>
        <translation> 个词元</translation>
    </message>
    <message>
        <source>The length of the document that is open.</source>
        <translation>已打开文档的长度。</translation>
    </message>
</context>
<context>
    <name>PlanWords</name>
    <message>
        <source>{layers} · {needed} of {limit}</source>
        <translation>{layers} · {needed} / {limit}</translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n 层</numerusform>
        </translation>
    </message>
    <message>
        <source>{name} needs {needed} for {layers} and has {limit}.</source>
        <translation>{name} 的 {layers} 需要 {needed}，只有 {limit}。</translation>
    </message>
    <message numerus="yes">
        <source>%n more machine(s) have too little, too.</source>
        <translation>
            <numerusform>还有 %n 台机器内存也太小。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>It has room for %n layer(s): move a boundary.</source>
        <translation>
            <numerusform>它能容纳 %n 层：请移动分界。</numerusform>
        </translation>
    </message>
    <message>
        <source>Not one layer fits with a text of this length: leave it out.</source>
        <translation>这么长的文本，一层也放不下：请不要用它。</translation>
    </message>
    <message>
        <source>No link from {left} to {right} was measured.</source>
        <translation>没有测量过从 {left} 到 {right} 的链路。</translation>
    </message>
    <message>
        <source>The answer comes as fast as with HPipe&apos;s choice.</source>
        <translation>回答与 HPipe 的选择一样快。</translation>
    </message>
    <message>
        <source>The answer comes {time} later than with HPipe&apos;s choice.</source>
        <translation>回答比 HPipe 的选择晚 {time}。</translation>
    </message>
    <message>
        <source>The answer comes {time} sooner than with HPipe&apos;s choice.</source>
        <translation>回答比 HPipe 的选择早 {time}。</translation>
    </message>
    <message>
        <source>With {names} the model would fit.</source>
        <translation>有了 {names}，模型就放得下。</translation>
    </message>
    <message>
        <source>With {names} the answer would come as fast as without.</source>
        <translation>有了 {names}，回答与没有时一样快。</translation>
    </message>
    <message>
        <source>With {names} the answer would come {time} later.</source>
        <translation>有了 {names}，回答会晚 {time}。</translation>
    </message>
    <message>
        <source>With {names} the answer would come {time} sooner.</source>
        <translation>有了 {names}，回答会早 {time}。</translation>
    </message>
    <message>
        <source>{names} would not make the answer come sooner.</source>
        <translation>{names} 不会让回答更快。</translation>
    </message>
    <message>
        <source>Chunk {number} to the next stage: {time}</source>
        <translation>第 {number} 块到下一段：{time}</translation>
    </message>
    <message>
        <source>Chunk {number}, {tokens} tokens: {time}, done after {end}</source>
        <translation>第 {number} 块，{tokens} 个词元：{time}，在 {end} 后完成</translation>
    </message>
</context>
<context>
    <name>PoolPicture</name>
    <message>
        <source>Picture of the pool</source>
        <translation>机器池的图</translation>
    </message>
    <message>
        <source>{one} and {other}: {speed}</source>
        <translation>{one} 与 {other}：{speed}</translation>
    </message>
</context>
<context>
    <name>PredictedTimeline</name>
    <message>
        <source>Predicted timeline</source>
        <translation>预测的时间线</translation>
    </message>
    <message>
        <source>Predicted timeline of the reading</source>
        <translation>预测的阅读时间线</translation>
    </message>
    <message>
        <source>a chunk, numbered</source>
        <translation>一块，带编号</translation>
    </message>
    <message>
        <source>sent to the next</source>
        <translation>发送给下一段</translation>
    </message>
    <message>
        <source>slowest</source>
        <translation>最慢</translation>
    </message>
</context>
<context>
    <name>Question</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>QuestionBox</name>
    <message>
        <source>As&amp;k</source>
        <translation>提问(&amp;K)</translation>
    </message>
    <message>
        <source>Ask the question</source>
        <translation>提出问题</translation>
    </message>
    <message>
        <source>Ask the question (Enter)</source>
        <translation>提出问题 (Enter)</translation>
    </message>
    <message>
        <source>Ask every open document</source>
        <translation>向每份打开的文档提问</translation>
    </message>
    <message>
        <source>Answer length and temperature</source>
        <translation>回答长度和温度</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Question: compare</source>
        <translation>问题：比较</translation>
    </message>
    <message>
        <source>Ask all {n}</source>
        <translation>全部 {n} 份都问</translation>
    </message>
    <message>
        <source>Ask all {n} documents the question</source>
        <translation>向全部 {n} 份文档提出问题</translation>
    </message>
    <message>
        <source>Read the open documents together and compare them</source>
        <translation>一起阅读打开的文档并加以比较</translation>
    </message>
    <message>
        <source>Compare what the document says in different places</source>
        <translation>比较文档在不同地方的说法</translation>
    </message>
    <message>
        <source>Summarise</source>
        <translation>总结</translation>
    </message>
    <message>
        <source>Summarise the document in a few sentences.</source>
        <translation>用几句话总结这份文档。</translation>
    </message>
    <message>
        <source>Key facts</source>
        <translation>关键信息</translation>
    </message>
    <message>
        <source>List the key facts: names, dates, amounts and decisions.</source>
        <translation>列出关键信息：姓名、日期、金额和决定。</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>查找</translation>
    </message>
    <message>
        <source>What does the document say about </source>
        <translation>文档中如何说到</translation>
    </message>
    <message>
        <source>Question: {text}</source>
        <translation>问题：{text}</translation>
    </message>
    <message>
        <source>Compare the documents: what do they agree on, where do they differ?</source>
        <translation>比较这些文档：它们在哪些方面一致，在哪些方面不同？</translation>
    </message>
    <message>
        <source>Compare the choices the document describes: what speaks for each?</source>
        <translation>比较文档中描述的选择：各有什么理由？</translation>
    </message>
    <message>
        <source>Short</source>
        <translation>短</translation>
    </message>
    <message>
        <source>Medium</source>
        <translation>中</translation>
    </message>
    <message>
        <source>Long</source>
        <translation>长</translation>
    </message>
    <message>
        <source>{name}: up to {n} tokens</source>
        <translation>{name}：最多 {n} 个词元</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>最长的回答</translation>
    </message>
    <message>
        <source>{n}: the likeliest words</source>
        <translation>{n}：最可能的词</translation>
    </message>
    <message>
        <source>{n}: a little varied</source>
        <translation>{n}：略有变化</translation>
    </message>
    <message>
        <source>{n}: varied</source>
        <translation>{n}：有变化</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>长度</translation>
    </message>
</context>
<context>
    <name>QuestionInput</name>
    <message>
        <source>Ask about the document</source>
        <translation>询问这份文档</translation>
    </message>
    <message>
        <source>Question</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Enter asks, Shift and Enter begin a new line.</source>
        <translation>Enter 提问，Shift+Enter 换行。</translation>
    </message>
</context>
<context>
    <name>RenameDialog</name>
    <message>
        <source>Rename the machine</source>
        <translation>重命名机器</translation>
    </message>
    <message>
        <source>The name is used in this window only.</source>
        <translation>此名称只在本窗口中使用。</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>名称(&amp;N)</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>Rivals</name>
    <message>
        <source>HPipe&apos;s choice</source>
        <translation>HPipe 的选择</translation>
    </message>
    <message>
        <source>What you have</source>
        <translation>您现有的</translation>
    </message>
    <message>
        <source>does not fit</source>
        <translation>放不下</translation>
    </message>
    <message>
        <source>no link</source>
        <translation>没有链路</translation>
    </message>
    <message>
        <source>Even layers</source>
        <translation>平均分层</translation>
    </message>
    <message>
        <source>{name} alone</source>
        <translation>只用 {name}</translation>
    </message>
</context>
<context>
    <name>RunFigures</name>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>First token</source>
        <translation>首个词元</translation>
    </message>
    <message>
        <source>Machines wait</source>
        <translation>机器等待</translation>
    </message>
    <message>
        <source>Between machines</source>
        <translation>机器之间</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>剩余时间</translation>
    </message>
    <message>
        <source>tokens/s read</source>
        <translation>词元/秒（阅读）</translation>
    </message>
    <message>
        <source>tokens/s written</source>
        <translation>词元/秒（书写）</translation>
    </message>
    <message>
        <source>tokens/s while reading</source>
        <translation>阅读时的词元/秒</translation>
    </message>
    <message>
        <source>while reading</source>
        <translation>阅读期间的平均值</translation>
    </message>
    <message>
        <source>tokens/s</source>
        <translation>词元/秒</translation>
    </message>
    <message>
        <source>{time} predicted</source>
        <translation>预测 {time}</translation>
    </message>
    <message>
        <source>{part} predicted</source>
        <translation>预测 {part}</translation>
    </message>
    <message>
        <source>all links together</source>
        <translation>所有链路合计</translation>
    </message>
    <message>
        <source>Time taken</source>
        <translation>用时</translation>
    </message>
    <message>
        <source>reading and answering</source>
        <translation>读取与回答</translation>
    </message>
    <message>
        <source>{part} read</source>
        <translation>已读 {part}</translation>
    </message>
</context>
<context>
    <name>Said</name>
    <message>
        <source>With both machines the answer comes {time} sooner than from {name} alone.</source>
        <translation>两台机器一起，比只用 {name} 早 {time} 得到回答。</translation>
    </message>
    <message>
        <source>With all {n} machines the answer comes {time} sooner than from {name} alone.</source>
        <translation>{n} 台机器一起，比只用 {name} 早 {time} 得到回答。</translation>
    </message>
    <message>
        <source>Together the {n} machines read {times} times as many as {name} alone.</source>
        <translation>{n} 台机器一起读取的文档数是单独用 {name} 的 {times} 倍。</translation>
    </message>
    <message>
        <source>The model is spread over {n} machines: none has room for all of it.</source>
        <translation>模型分布在 {n} 台机器上：没有一台能容下全部。</translation>
    </message>
    <message>
        <source>{name} is the only machine.</source>
        <translation>{name} 是唯一的机器。</translation>
    </message>
    <message>
        <source>{name} alone is the fastest.</source>
        <translation>只用 {name} 最快。</translation>
    </message>
    <message>
        <source>In the order that was chosen by hand.</source>
        <translation>按手动选择的顺序。</translation>
    </message>
    <message>
        <source>Sending 8-bit values over the links saves {time}.</source>
        <translation>在链路上发送 8 位数值可节省 {time}。</translation>
    </message>
    <message>
        <source>Reading together and answering on {name} alone would take {time}, but what was read cannot be handed over yet.</source>
        <translation>一起读取、只由 {name} 回答需要 {time}，但目前还不能移交已读取的内容。</translation>
    </message>
    <message>
        <source>Each of the {n} has a part of the model; one of them with all of it would read for {time}.</source>
        <translation>{n} 台各有模型的一部分；若其中一台拥有全部，读取需要 {time}。</translation>
    </message>
    <message>
        <source>Each of the {n} has a part of the model.</source>
        <translation>{n} 台各有模型的一部分。</translation>
    </message>
    <message>
        <source>Leaving out {name}: {clause}</source>
        <translation>不用 {name}：{clause}</translation>
    </message>
    <message>
        <source>leaving out {name}: {clause}</source>
        <translation>不用 {name}：{clause}</translation>
    </message>
    <message>
        <source>with it the answer comes {time} later</source>
        <translation>加上它，回答晚 {time}</translation>
    </message>
    <message>
        <source>with it the answer comes no sooner</source>
        <translation>加上它，回答不会更早</translation>
    </message>
    <message>
        <source>with it the documents are read no faster</source>
        <translation>加上它，读取文档不会更快</translation>
    </message>
    <message>
        <source>with it {times} fewer documents are read per hour</source>
        <translation>加上它，每小时少读 {times} 份文档</translation>
    </message>
    <message>
        <source>no working link joins it to the others</source>
        <translation>没有可用的链路把它与其他机器相连</translation>
    </message>
    <message>
        <source>every layer has a machine already</source>
        <translation>每一层都已有机器</translation>
    </message>
    <message>
        <source>it has no room for a layer</source>
        <translation>它连一层也放不下</translation>
    </message>
    <message>
        <source>{n} slower machine would not help either</source>
        <translation>另有 {n} 台较慢的机器也无济于事</translation>
    </message>
    <message>
        <source>{n} slower machines would not help either</source>
        <translation>另有 {n} 台较慢的机器也无济于事</translation>
    </message>
    <message>
        <source>{name} with {n} tokens needs {size} and the machine has {room}.</source>
        <translation>{name} 处理 {n} 个词元需要 {size}，而机器只有 {room}。</translation>
    </message>
    <message>
        <source>{name} with {n} tokens needs {size} and the machines together have {room}.</source>
        <translation>{name} 处理 {n} 个词元需要 {size}，而所有机器一共只有 {room}。</translation>
    </message>
    <message>
        <source>{name} with {n} tokens needs {size} and the machines together have {room}, but not in pieces that fit whole layers.</source>
        <translation>{name} 处理 {n} 个词元需要 {size}，所有机器一共有 {room}，但各自的空闲部分放不下整层。</translation>
    </message>
    <message>
        <source>A document of up to {n} tokens would fit.</source>
        <translation>不超过 {n} 个词元的文档可以放下。</translation>
    </message>
    <message>
        <source>With {n}-bit weights it would fit.</source>
        <translation>用 {n} 位权重可以放下。</translation>
    </message>
    <message>
        <source>One more machine with {size} free would do.</source>
        <translation>再加一台有 {size} 空闲内存的机器就够了。</translation>
    </message>
    <message>
        <source>Choose a smaller model.</source>
        <translation>请选择更小的模型。</translation>
    </message>
    <message>
        <source>No machine takes part.</source>
        <translation>没有机器参与。</translation>
    </message>
    <message>
        <source>Include a machine on the Machines page.</source>
        <translation>请在“机器”页加入一台机器。</translation>
    </message>
    <message>
        <source>Include at least one machine on the Machines page.</source>
        <translation>请在“机器”页至少加入一台机器。</translation>
    </message>
    <message>
        <source>{name} has no layers.</source>
        <translation>{name} 没有任何层。</translation>
    </message>
    <message>
        <source>Choose another model.</source>
        <translation>请选择其他模型。</translation>
    </message>
    <message>
        <source>No machine has usable measurements for this model.</source>
        <translation>没有一台机器有此模型的可用测量结果。</translation>
    </message>
    <message>
        <source>Measure the machines again while nothing else runs on them.</source>
        <translation>请在机器没有其他任务时重新测量。</translation>
    </message>
    <message>
        <source>The machines have the memory together, but not enough of them are joined by links that work.</source>
        <translation>所有机器的内存加起来够用，但其中有可用链路相连的不够多。</translation>
    </message>
    <message>
        <source>Check the network between them and measure again.</source>
        <translation>请检查它们之间的网络，然后重新测量。</translation>
    </message>
    <message>
        <source>This split needs {size} on a machine that has {room}.</source>
        <translation>此划分需要 {size}，而那台机器只有 {room}。</translation>
    </message>
    <message>
        <source>It would fit without the memory limit of {names}: change it on the Machines page.</source>
        <translation>去掉 {names} 的内存限制就放得下：请在“机器”页修改。</translation>
    </message>
    <message>
        <source>Move a boundary, or let HPipe decide.</source>
        <translation>请移动分界，或让 HPipe 决定。</translation>
    </message>
    <message>
        <source>Move the boundaries, or let HPipe decide.</source>
        <translation>请移动分界，或让 HPipe 决定。</translation>
    </message>
    <message>
        <source>A machine of this split is not in the pool now.</source>
        <translation>此划分中的一台机器现在不在池中。</translation>
    </message>
    <message>
        <source>Connect it again, or let HPipe decide.</source>
        <translation>请重新连接它，或让 HPipe 决定。</translation>
    </message>
    <message>
        <source>Two neighbours of this split have no working link between them.</source>
        <translation>此划分中相邻的两台机器之间没有可用的链路。</translation>
    </message>
    <message>
        <source>Measure the links again, or put the machines in another order.</source>
        <translation>请重新测量链路，或改变机器的顺序。</translation>
    </message>
    <message>
        <source>Ask about a shorter text, raise the machine&apos;s memory limit, or add a machine.</source>
        <translation>请询问较短的文本、提高该机器的内存上限，或添加一台机器。</translation>
    </message>
    <message>
        <source>Close other programs, ask about a shorter text, or add a machine.</source>
        <translation>请关闭其他程序、询问较短的文本，或添加一台机器。</translation>
    </message>
    <message>
        <source>{name} is too long: with the question it has {n} tokens, and the model reads {room}, of which {taken} are left for the document.</source>
        <translation>{name} 太长：连同问题共有 {n} 个词元，而模型最多读取 {room} 个，其中留给文档的只有 {taken} 个。</translation>
    </message>
    <message>
        <source>There is no question.</source>
        <translation>没有问题。</translation>
    </message>
    <message>
        <source>Type what you want to know.</source>
        <translation>请输入您想知道的内容。</translation>
    </message>
    <message>
        <source>{name} stopped answering.</source>
        <translation>{name} 停止了响应。</translation>
    </message>
    <message>
        <source>Check that it is on and connected, then ask again.</source>
        <translation>请检查它是否已开机并联网，然后再问一次。</translation>
    </message>
    <message>
        <source>{name} left the pool.</source>
        <translation>{name} 离开了池。</translation>
    </message>
    <message>
        <source>A machine of this plan is not here any more.</source>
        <translation>此方案中的一台机器已不在这里。</translation>
    </message>
    <message>
        <source>{name} works for {other} now.</source>
        <translation>{name} 现在为 {other} 工作。</translation>
    </message>
    <message>
        <source>Ask again when that is done.</source>
        <translation>请在它完成后再问一次。</translation>
    </message>
    <message>
        <source>{name} is not free. It works for {other} now.</source>
        <translation>{name} 正忙：它现在为 {other} 工作。</translation>
    </message>
    <message>
        <source>It works for {other} now.</source>
        <translation>它现在为 {other} 工作。</translation>
    </message>
    <message>
        <source>Ask again when that is done, or leave this machine out.</source>
        <translation>请在它完成后再问一次，或不使用这台机器。</translation>
    </message>
    <message>
        <source>Another computer has loaded other layers on this machine since.</source>
        <translation>另一台计算机此后在这台机器上载入了其他层。</translation>
    </message>
    <message>
        <source>Ask again: the document will be read anew.</source>
        <translation>请再问一次：文档会重新读取。</translation>
    </message>
    <message>
        <source>The connection was closed.</source>
        <translation>连接已关闭。</translation>
    </message>
    <message>
        <source>The connection to {name} broke off.</source>
        <translation>与 {name} 的连接中断了。</translation>
    </message>
    <message>
        <source>Memory ran out while computing {n} tokens at position {place}: {taken} are held and {room} are free.</source>
        <translation>在位置 {place} 计算 {n} 个词元时内存不足：已占用 {taken}，空闲 {room}。</translation>
    </message>
    <message>
        <source>Memory ran out; {room} are free.</source>
        <translation>内存不足；空闲 {room}。</translation>
    </message>
    <message>
        <source>Give this machine fewer layers, or ask about a shorter text.</source>
        <translation>请给这台机器分配较少的层，或询问较短的文本。</translation>
    </message>
    <message>
        <source>Give this machine fewer layers, or close other programs.</source>
        <translation>请给这台机器分配较少的层，或关闭其他程序。</translation>
    </message>
    <message>
        <source>Give this machine fewer layers, ask about a shorter text, or close other programs.</source>
        <translation>请给这台机器分配较少的层、询问较短的文本，或关闭其他程序。</translation>
    </message>
    <message>
        <source>{name} took {times} times as long as expected: it may be hot, or busy with other programs.</source>
        <translation>{name} 花费的时间是预期的 {times} 倍：它可能过热，或忙于其他程序。</translation>
    </message>
    <message>
        <source>Something unexpected went wrong ({what}).</source>
        <translation>发生了意外错误（{what}）。</translation>
    </message>
    <message>
        <source>This is a bug; the log has the details.</source>
        <translation>这是一个程序错误；日志中有详细信息。</translation>
    </message>
    <message>
        <source>A job uses this model.</source>
        <translation>有任务正在使用此模型。</translation>
    </message>
    <message>
        <source>Stop the job, or wait until it is over, then delete it.</source>
        <translation>请停止任务或等它结束，然后再删除。</translation>
    </message>
    <message>
        <source>No model is chosen.</source>
        <translation>没有选择模型。</translation>
    </message>
    <message>
        <source>Choose one on the Plan page.</source>
        <translation>请在“方案”页选择一个。</translation>
    </message>
    <message>
        <source>{name} is not free.</source>
        <translation>{name} 正忙。</translation>
    </message>
    <message>
        <source>There is no such job in the history.</source>
        <translation>历史记录中没有这个任务。</translation>
    </message>
    <message>
        <source>{path} could not be deleted ({reason}).</source>
        <translation>无法删除 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>The job has not begun.</source>
        <translation>任务尚未开始。</translation>
    </message>
    <message>
        <source>The session was closed.</source>
        <translation>会话已关闭。</translation>
    </message>
    <message>
        <source>Ask again.</source>
        <translation>请再问一次。</translation>
    </message>
    <message>
        <source>Plan again.</source>
        <translation>请重新制定方案。</translation>
    </message>
    <message>
        <source>No machine of the pool holds all the layers of {model} that {name} needs.</source>
        <translation>池中没有一台机器拥有 {name} 所需的 {model} 的全部层。</translation>
    </message>
    <message>
        <source>Add the model on this machine first.</source>
        <translation>请先在本机添加该模型。</translation>
    </message>
    <message>
        <source>The last stage sent logits of a wrong shape.</source>
        <translation>最后一段发来的数值形状不对。</translation>
    </message>
    <message>
        <source>This split does not hold each of the {n} layers once.</source>
        <translation>此划分没有让 {n} 层中的每一层恰好出现一次。</translation>
    </message>
    <message>
        <source>{name} gave no usable timing of the &quot;{kind}&quot; layers of {model}.</source>
        <translation>{name} 没有给出 {model} 的“{kind}”层的可用计时。</translation>
    </message>
    <message>
        <source>Measure the machine again while nothing else runs on it.</source>
        <translation>请在该机器没有其他任务时重新测量。</translation>
    </message>
    <message>
        <source>Nothing is known of the device of {name}.</source>
        <translation>没有关于 {name} 的设备的任何信息。</translation>
    </message>
    <message>
        <source>Give prefill_tflops and memory_gb, or the name of a device in assets/devices.json.</source>
        <translation>请给出 prefill_tflops 和 memory_gb，或 assets/devices.json 中某个设备的名称。</translation>
    </message>
    <message>
        <source>Connected.</source>
        <translation>已连接。</translation>
    </message>
    <message>
        <source>Ready.</source>
        <translation>就绪。</translation>
    </message>
    <message>
        <source>Working on a job.</source>
        <translation>正在处理任务。</translation>
    </message>
    <message>
        <source>Paired; connecting.</source>
        <translation>已配对；正在连接。</translation>
    </message>
    <message>
        <source>Type its code to pair with it.</source>
        <translation>输入它的配对码来配对。</translation>
    </message>
    <message>
        <source>Measuring its speed on the chosen model.</source>
        <translation>正在测量它在所选模型上的速度。</translation>
    </message>
    <message>
        <source>Not on the network.</source>
        <translation>不在网络上。</translation>
    </message>
    <message>
        <source>This machine is not known any more.</source>
        <translation>这台机器已不再为人所知。</translation>
    </message>
    <message>
        <source>Look for it again.</source>
        <translation>请重新查找它。</translation>
    </message>
    <message>
        <source>Paired with {name}.</source>
        <translation>已与 {name} 配对。</translation>
    </message>
    <message>
        <source>This is the address of this machine itself.</source>
        <translation>这是本机自己的地址。</translation>
    </message>
    <message>
        <source>Type that of another one.</source>
        <translation>请输入另一台的地址。</translation>
    </message>
    <message>
        <source>This machine is not on the network now.</source>
        <translation>这台机器现在不在网络上。</translation>
    </message>
    <message>
        <source>Start HPipe there, or add it by its address.</source>
        <translation>请在那台机器上启动 HPipe，或按地址添加它。</translation>
    </message>
    <message>
        <source>Another machine answered.</source>
        <translation>应答的是另一台机器。</translation>
    </message>
    <message>
        <source>It announces itself, but nothing answers at its port {n}.</source>
        <translation>它宣告了自己，但端口 {n} 没有应答。</translation>
    </message>
    <message>
        <source>Let its firewall allow HPipe.</source>
        <translation>请让它的防火墙允许 HPipe。</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; is not an address.</source>
        <translation>“{name}”不是地址。</translation>
    </message>
    <message>
        <source>An address looks like 192.168.1.20, desk.local:47650 or [fe80::1]:47650.</source>
        <translation>地址形如 192.168.1.20、desk.local:47650 或 [fe80::1]:47650。</translation>
    </message>
    <message>
        <source>Nobody answers at {name}.</source>
        <translation>{name} 没有应答。</translation>
    </message>
    <message>
        <source>Is HPipe running there, and does its firewall let it through?</source>
        <translation>那里是否运行着 HPipe，防火墙是否放行？</translation>
    </message>
    <message>
        <source>{name} did not answer within {n} seconds.</source>
        <translation>{name} 在 {n} 秒内没有应答。</translation>
    </message>
    <message>
        <source>The machine may be overloaded or asleep.</source>
        <translation>那台机器可能过载或已休眠。</translation>
    </message>
    <message>
        <source>Port {n} is in use, and so are those after it.</source>
        <translation>端口 {n} 及其后的端口都已被占用。</translation>
    </message>
    <message>
        <source>Close other programs of HPipe, or choose another port in the settings.</source>
        <translation>请关闭其他 HPipe 程序，或在设置中选择其他端口。</translation>
    </message>
    <message>
        <source>No address of this machine is known.</source>
        <translation>不知道这台机器的任何地址。</translation>
    </message>
    <message>
        <source>No address of the machine is known.</source>
        <translation>不知道那台机器的任何地址。</translation>
    </message>
    <message>
        <source>This machine cannot forget itself.</source>
        <translation>本机不能忘记自己。</translation>
    </message>
    <message>
        <source>A machine cannot forget itself.</source>
        <translation>机器不能忘记自己。</translation>
    </message>
    <message>
        <source>The worker of this machine is not running at the moment.</source>
        <translation>本机的工作进程目前没有运行。</translation>
    </message>
    <message>
        <source>It is being started again: try in a few seconds.</source>
        <translation>正在重新启动它：请过几秒再试。</translation>
    </message>
    <message>
        <source>{name} at {address} is not paired with this machine.</source>
        <translation>位于 {address} 的 {name} 没有与本机配对。</translation>
    </message>
    <message>
        <source>This machine uses port {n} for now: machines on the same network find it by themselves, others need its address with that port.</source>
        <translation>本机暂时使用端口 {n}：同一网络中的机器会自行找到它，其他机器需要它的地址和该端口。</translation>
    </message>
    <message>
        <source>This pool holds workers of this machine alone.</source>
        <translation>此池只包含本机的工作进程。</translation>
    </message>
    <message>
        <source>Start HPipe without --local to use other machines.</source>
        <translation>要使用其他机器，请在启动 HPipe 时不加 --local。</translation>
    </message>
    <message>
        <source>&quot;{name}&quot; is not a port.</source>
        <translation>“{name}”不是端口。</translation>
    </message>
    <message>
        <source>A port is a number from 1 to 65534, such as 47650.</source>
        <translation>端口是 1 到 65534 之间的数字，例如 47650。</translation>
    </message>
    <message>
        <source>This machine has no network interface {name}.</source>
        <translation>本机没有网络接口 {name}。</translation>
    </message>
    <message>
        <source>It has {names}.</source>
        <translation>它有 {names}。</translation>
    </message>
    <message>
        <source>Connect it to a network first.</source>
        <translation>请先把它连接到网络。</translation>
    </message>
    <message>
        <source>{address} is not an address of this machine ({reason}).</source>
        <translation>{address} 不是本机的地址（{reason}）。</translation>
    </message>
    <message>
        <source>Choose another network interface in the settings.</source>
        <translation>请在设置中选择其他网络接口。</translation>
    </message>
    <message>
        <source>{address} is not an address that can be reached ({reason}).</source>
        <translation>{address} 不是可以连接的地址（{reason}）。</translation>
    </message>
    <message>
        <source>An address looks like 192.168.1.20:47800.</source>
        <translation>地址形如 192.168.1.20:47800。</translation>
    </message>
    <message>
        <source>The system does not let HPipe listen on port {n}.</source>
        <translation>系统不允许 HPipe 监听端口 {n}。</translation>
    </message>
    <message>
        <source>Choose another port, above 1024, with --port.</source>
        <translation>请用 --port 选择 1024 以上的其他端口。</translation>
    </message>
    <message>
        <source>Port {n} is in use.</source>
        <translation>端口 {n} 已被占用。</translation>
    </message>
    <message>
        <source>No port is free.</source>
        <translation>没有空闲的端口。</translation>
    </message>
    <message>
        <source>Another HPipe may be running here: close it, or choose another port with --port.</source>
        <translation>这里可能已有另一个 HPipe 在运行：请关闭它，或用 --port 选择其他端口。</translation>
    </message>
    <message>
        <source>No port from {n} to {last} is free.</source>
        <translation>端口 {n} 至 {last} 都不空闲。</translation>
    </message>
    <message>
        <source>Close what uses them, or choose another first port in the settings.</source>
        <translation>请关闭占用它们的程序，或在设置中选择其他起始端口。</translation>
    </message>
    <message>
        <source>{name} ({address}) is connected.</source>
        <translation>{name}（{address}）已连接。</translation>
    </message>
    <message>
        <source>{name} ({address}) has left.</source>
        <translation>{name}（{address}）已离开。</translation>
    </message>
    <message>
        <source>{address} answered with something else than it was asked for.</source>
        <translation>{address} 的应答与所问的不符。</translation>
    </message>
    <message>
        <source>Both machines should run the same version of HPipe.</source>
        <translation>两台机器应运行相同版本的 HPipe。</translation>
    </message>
    <message>
        <source>A message could not be understood ({reason}).</source>
        <translation>有一条消息无法理解（{reason}）。</translation>
    </message>
    <message>
        <source>{address} said something that could not be dealt with ({what}).</source>
        <translation>{address} 发来的内容无法处理（{what}）。</translation>
    </message>
    <message>
        <source>{name} does not do this for this machine.</source>
        <translation>{name} 不为本机做这件事。</translation>
    </message>
    <message>
        <source>Only the window on that machine may ask for it.</source>
        <translation>只有那台机器上的窗口才可以要求这样做。</translation>
    </message>
    <message>
        <source>Too many requests at once.</source>
        <translation>同时的请求太多。</translation>
    </message>
    <message>
        <source>Wait for the answers to some of them.</source>
        <translation>请等其中一些得到应答。</translation>
    </message>
    <message>
        <source>The machine has stopped what it was asked for.</source>
        <translation>那台机器已停止所要求的工作。</translation>
    </message>
    <message>
        <source>The worker failed ({what}).</source>
        <translation>工作进程出错（{what}）。</translation>
    </message>
    <message>
        <source>Its log on that machine says more.</source>
        <translation>那台机器上的日志有更多说明。</translation>
    </message>
    <message>
        <source>A probe may ask for up to {n} bytes.</source>
        <translation>一次探测最多可要求 {n} 字节。</translation>
    </message>
    <message>
        <source>A slice holds at most {n} bytes.</source>
        <translation>一个片段最多 {n} 字节。</translation>
    </message>
    <message>
        <source>{name} runs HPipe {version}, whose protocol differs.</source>
        <translation>{name} 运行的 HPipe {version} 使用不同的协议。</translation>
    </message>
    <message>
        <source>Bring both machines to the same version.</source>
        <translation>请让两台机器使用相同的版本。</translation>
    </message>
    <message>
        <source>This machine is not paired any more.</source>
        <translation>这台机器已不再配对。</translation>
    </message>
    <message>
        <source>Pair the two machines again.</source>
        <translation>请重新配对这两台机器。</translation>
    </message>
    <message>
        <source>Pair the two machines first.</source>
        <translation>请先配对这两台机器。</translation>
    </message>
    <message>
        <source>The code was wrong, and counts no more.</source>
        <translation>配对码错误，已失效。</translation>
    </message>
    <message>
        <source>Let the other machine show a new code and type that one.</source>
        <translation>请让另一台机器显示新的配对码并输入它。</translation>
    </message>
    <message>
        <source>The code has expired: it was used already, or is older than five minutes.</source>
        <translation>配对码已过期：已被使用，或超过五分钟。</translation>
    </message>
    <message>
        <source>Pairing is locked for {n} more seconds after too many wrong codes.</source>
        <translation>错误的配对码过多，配对再锁定 {n} 秒。</translation>
    </message>
    <message>
        <source>Wait, then let a new code be shown and type that one.</source>
        <translation>请等待，然后让它显示新的配对码并输入。</translation>
    </message>
    <message>
        <source>A pairing code has {n} digits.</source>
        <translation>配对码有 {n} 位数字。</translation>
    </message>
    <message>
        <source>Type the digits the other machine shows.</source>
        <translation>请输入另一台机器显示的数字。</translation>
    </message>
    <message>
        <source>The machine at {address} does not know this one.</source>
        <translation>位于 {address} 的机器不认识本机。</translation>
    </message>
    <message>
        <source>Pair the two machines with the code shown on the other one.</source>
        <translation>请用另一台机器上显示的配对码为两台机器配对。</translation>
    </message>
    <message>
        <source>The machine at {address} is not the one it was paired as.</source>
        <translation>位于 {address} 的机器不是当初配对的那台。</translation>
    </message>
    <message>
        <source>If it was reinstalled, forget it and pair it again.</source>
        <translation>如果它重装过系统，请忘记它并重新配对。</translation>
    </message>
    <message>
        <source>This is not HPipe: its first bytes make no sense.</source>
        <translation>这不是 HPipe：它最初的字节没有意义。</translation>
    </message>
    <message>
        <source>No pairing code is shown now.</source>
        <translation>现在没有显示配对码。</translation>
    </message>
    <message>
        <source>Let it show one, then type that one here.</source>
        <translation>请让它显示配对码，然后在这里输入。</translation>
    </message>
    <message>
        <source>{path}, which holds this machine&apos;s identity, is damaged.</source>
        <translation>保存本机身份的文件 {path} 已损坏。</translation>
    </message>
    <message>
        <source>Restore it from a backup, or delete it and pair this machine with the others again.</source>
        <translation>请从备份恢复它，或删除它并让本机与其他机器重新配对。</translation>
    </message>
    <message>
        <source>{path}, which says what machines this one was paired with, is damaged.</source>
        <translation>记录本机已与哪些机器配对的文件 {path} 已损坏。</translation>
    </message>
    <message>
        <source>Restore it from a backup, or delete it and pair the machines again.</source>
        <translation>请从备份恢复它，或删除它并重新配对各台机器。</translation>
    </message>
    <message>
        <source>The other machine does not follow the pairing exchange.</source>
        <translation>另一台机器没有按配对的步骤进行。</translation>
    </message>
    <message>
        <source>Bring both machines to the same version of HPipe and try again.</source>
        <translation>请让两台机器使用相同版本的 HPipe，然后重试。</translation>
    </message>
    <message>
        <source>{name} could not prove that it showed this code.</source>
        <translation>{name} 无法证明它显示过此配对码。</translation>
    </message>
    <message>
        <source>Somebody may be between the two machines.</source>
        <translation>可能有人介入了两台机器之间。</translation>
    </message>
    <message>
        <source>Let it show a new code and try again.</source>
        <translation>请让它显示新的配对码，然后重试。</translation>
    </message>
    <message>
        <source>{name} runs HPipe {version} with protocol {n}, this machine HPipe {own} with protocol {other}.</source>
        <translation>{name} 运行 HPipe {version}（协议 {n}），本机运行 HPipe {own}（协议 {other}）。</translation>
    </message>
    <message>
        <source>{name} runs HPipe {version} with protocol {n}, the other machine HPipe {own} with protocol {other}.</source>
        <translation>{name} 运行 HPipe {version}（协议 {n}），另一台机器运行 HPipe {own}（协议 {other}）。</translation>
    </message>
    <message>
        <source>{name} runs HPipe {version} with protocol {n}, the other machine speaks protocol {other}.</source>
        <translation>{name} 运行 HPipe {version}（协议 {n}），另一台机器使用协议 {other}。</translation>
    </message>
    <message>
        <source>The two machines speak different protocols.</source>
        <translation>两台机器使用不同的协议。</translation>
    </message>
    <message>
        <source>Bring both to the same version.</source>
        <translation>请让两者使用相同的版本。</translation>
    </message>
    <message>
        <source>What answers at {address} is not HPipe, or of a version that cannot be understood.</source>
        <translation>在 {address} 应答的不是 HPipe，或其版本无法理解。</translation>
    </message>
    <message>
        <source>Check the address, and bring both machines to the same version.</source>
        <translation>请检查地址，并让两台机器使用相同的版本。</translation>
    </message>
    <message>
        <source>The machine at {address} is not the one that was chosen.</source>
        <translation>位于 {address} 的机器不是所选的那台。</translation>
    </message>
    <message>
        <source>Look for machines again, then pair.</source>
        <translation>请重新查找机器，然后配对。</translation>
    </message>
    <message>
        <source>{address} ended the connection.</source>
        <translation>{address} 结束了连接。</translation>
    </message>
    <message>
        <source>It may be busy with other machines.</source>
        <translation>它可能正忙于其他机器。</translation>
    </message>
    <message>
        <source>Try again in a moment.</source>
        <translation>请稍后重试。</translation>
    </message>
    <message>
        <source>This is not the key of a machine.</source>
        <translation>这不是机器的密钥。</translation>
    </message>
    <message>
        <source>This is not the key of another machine.</source>
        <translation>这不是另一台机器的密钥。</translation>
    </message>
    <message>
        <source>These are not the keys of machines.</source>
        <translation>这些不是机器的密钥。</translation>
    </message>
    <message>
        <source>Pair with a code again.</source>
        <translation>请用配对码重新配对。</translation>
    </message>
    <message>
        <source>Too many machines try to pair at once.</source>
        <translation>同时尝试配对的机器太多。</translation>
    </message>
    <message>
        <source>There is no pairing under way to confirm.</source>
        <translation>没有正在进行、可以确认的配对。</translation>
    </message>
    <message>
        <source>Start again.</source>
        <translation>请重新开始。</translation>
    </message>
    <message>
        <source>The pairing port {n} could not be opened ({reason}).</source>
        <translation>无法打开配对端口 {n}（{reason}）。</translation>
    </message>
    <message>
        <source>Another program may use it.</source>
        <translation>它可能被其他程序占用。</translation>
    </message>
    <message>
        <source>Choose another port with --port.</source>
        <translation>请用 --port 选择其他端口。</translation>
    </message>
    <message>
        <source>One machine can vouch for {n} others at most.</source>
        <translation>一台机器最多可为 {n} 台其他机器担保。</translation>
    </message>
    <message>
        <source>There is no network on which machines could be found.</source>
        <translation>没有可以发现机器的网络。</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>Port {n}</source>
        <translation>端口 {n}</translation>
    </message>
    <message>
        <source>Discovery</source>
        <translation>发现</translation>
    </message>
    <message>
        <source>Firewall</source>
        <translation>防火墙</translation>
    </message>
    <message>
        <source>Other machines</source>
        <translation>其他机器</translation>
    </message>
    <message>
        <source>This machine has no network address.</source>
        <translation>这台机器没有网络地址。</translation>
    </message>
    <message>
        <source>Connect it by cable or Wi-Fi.</source>
        <translation>请用网线或 Wi-Fi 连接。</translation>
    </message>
    <message>
        <source>Nothing uses this port; HPipe opens it when its worker starts.</source>
        <translation>没有程序使用此端口；HPipe 的工作进程启动时会打开它。</translation>
    </message>
    <message>
        <source>{subject} uses this port, so HPipe takes another one.</source>
        <translation>{subject}正在使用此端口，因此 HPipe 改用另一个。</translation>
    </message>
    <message>
        <source>Another program</source>
        <translation>另一个程序</translation>
    </message>
    <message>
        <source>Close that program, or add this machine on the others by its address with the port shown here.</source>
        <translation>请关闭那个程序，或在其他机器上按地址和此处显示的端口添加这台机器。</translation>
    </message>
    <message>
        <source>An announcement of this machine was not heard again: multicast (UDP port {n}) is blocked, by a firewall here or by a guest network.</source>
        <translation>没有收到本机发出的宣告：组播（UDP 端口 {n}）被本机的防火墙或访客网络阻止。</translation>
    </message>
    <message>
        <source>Add machines by their address instead.</source>
        <translation>请改为按地址添加机器。</translation>
    </message>
    <message>
        <source>No other machine announces itself.</source>
        <translation>没有其他机器宣告自己。</translation>
    </message>
    <message>
        <source>Start HPipe there, on the same network.</source>
        <translation>请在同一网络的那台机器上启动 HPipe。</translation>
    </message>
    <message>
        <source>{names} cannot work with HPipe {version} here: bring all machines to the same version.</source>
        <translation>{names} 无法与这里的 HPipe {version} 一起工作：请让所有机器使用相同的版本。</translation>
    </message>
    <message>
        <source>TCP ports {n} to {last} and UDP port {multicast}</source>
        <translation>TCP 端口 {n} 至 {last} 和 UDP 端口 {multicast}</translation>
    </message>
    <message>
        <source>Windows asks once whether to allow HPipe; allow it for private networks.</source>
        <translation>Windows 会询问一次是否允许 HPipe；请在专用网络上允许它。</translation>
    </message>
    <message>
        <source>Otherwise open Windows Security, Firewall &amp; network protection, and let Python receive on {subject}.</source>
        <translation>否则请打开“Windows 安全中心”的“防火墙和网络保护”，允许 Python 接收 {subject}。</translation>
    </message>
    <message>
        <source>The network itself must be set to private.</source>
        <translation>网络本身必须设为专用网络。</translation>
    </message>
    <message>
        <source>In System Settings, allow HPipe under Privacy &amp; Security, Local Network, and incoming connections under Network, Firewall ({subject}).</source>
        <translation>请在“系统设置”的“隐私与安全性”&gt;“本地网络”中允许 HPipe，并在“网络”&gt;“防火墙”中允许传入连接（{subject}）。</translation>
    </message>
    <message>
        <source>If a firewall runs here, let {subject} in.</source>
        <translation>如果这里运行着防火墙，请放行 {subject}。</translation>
    </message>
    <message>
        <source>If a firewall runs here, let {subject} in: {command}.</source>
        <translation>如果这里运行着防火墙，请放行 {subject}：{command}</translation>
    </message>
    <message>
        <source>An announcement of this machine was sent and heard again.</source>
        <translation>本机发出的宣告已被重新收到。</translation>
    </message>
    <message>
        <source>HPipe {version} answers here as {name}.</source>
        <translation>HPipe {version} 在此以 {name} 的名义应答。</translation>
    </message>
    <message>
        <source>{name} holds no text.</source>
        <translation>{name} 不含文本。</translation>
    </message>
    <message>
        <source>Choose a document with text in it.</source>
        <translation>请选择含有文本的文档。</translation>
    </message>
    <message>
        <source>{name} is empty.</source>
        <translation>{name} 是空的。</translation>
    </message>
    <message>
        <source>{name} is a folder.</source>
        <translation>{name} 是文件夹。</translation>
    </message>
    <message>
        <source>There is no file {name}.</source>
        <translation>没有文件 {name}。</translation>
    </message>
    <message>
        <source>Check its name and place.</source>
        <translation>请检查它的名称和位置。</translation>
    </message>
    <message>
        <source>You may not read {name}.</source>
        <translation>您无权读取 {name}。</translation>
    </message>
    <message>
        <source>Change its permissions, or copy it first.</source>
        <translation>请更改其权限，或先复制它。</translation>
    </message>
    <message>
        <source>{name} is a picture.</source>
        <translation>{name} 是图片。</translation>
    </message>
    <message>
        <source>Run text recognition over it first (OCR), and choose the result.</source>
        <translation>请先对它进行文字识别（OCR），再选择结果。</translation>
    </message>
    <message>
        <source>{name} is protected by a password.</source>
        <translation>{name} 受密码保护。</translation>
    </message>
    <message>
        <source>Open it with its password, print or export it to a new PDF, and choose that.</source>
        <translation>请用密码打开它，打印或导出为新的 PDF，再选择新文件。</translation>
    </message>
    <message>
        <source>{name} is damaged: it cannot be read as a PDF.</source>
        <translation>{name} 已损坏：无法作为 PDF 读取。</translation>
    </message>
    <message>
        <source>Fetch or export it again; a PDF reader may be able to repair it.</source>
        <translation>请重新获取或导出；PDF 阅读器也许能修复它。</translation>
    </message>
    <message>
        <source>{name} does not hold text.</source>
        <translation>{name} 不是文本。</translation>
    </message>
    <message>
        <source>Choose a PDF, DOCX, Markdown, HTML or text file.</source>
        <translation>请选择 PDF、DOCX、Markdown、HTML 或文本文件。</translation>
    </message>
    <message>
        <source>{name} is damaged: it cannot be read as a Word document.</source>
        <translation>{name} 已损坏：无法作为 Word 文档读取。</translation>
    </message>
    <message>
        <source>{name} is damaged: it is no Word document.</source>
        <translation>{name} 已损坏：它不是 Word 文档。</translation>
    </message>
    <message>
        <source>{name} is damaged: it does not begin as a PDF does.</source>
        <translation>{name} 已损坏：它的开头不是 PDF。</translation>
    </message>
    <message>
        <source>{name} is damaged or half downloaded.</source>
        <translation>{name} 已损坏或未下载完整。</translation>
    </message>
    <message>
        <source>Open it in a word processor and save it again.</source>
        <translation>请在文字处理软件中打开并重新保存。</translation>
    </message>
    <message>
        <source>{name} unpacks to {n} MB, more than the {most} MB that are read.</source>
        <translation>{name} 解压后有 {n} MB，超过可读取的 {most} MB。</translation>
    </message>
    <message>
        <source>{name} has {n} MB, more than the {most} MB that are read.</source>
        <translation>{name} 有 {n} MB，超过可读取的 {most} MB。</translation>
    </message>
    <message>
        <source>{name} has {n} pages, more than the {most} that are read.</source>
        <translation>{name} 有 {n} 页，超过可读取的 {most} 页。</translation>
    </message>
    <message>
        <source>The document has more than {n} characters of text, far more than any model reads.</source>
        <translation>文档的文字超过 {n} 个字符，远超任何模型能读取的量。</translation>
    </message>
    <message>
        <source>Remove its pictures, or split it and ask about the parts one by one.</source>
        <translation>请去掉其中的图片，或拆分后逐份提问。</translation>
    </message>
    <message>
        <source>Split it, and ask about the parts one by one.</source>
        <translation>请拆分后逐份提问。</translation>
    </message>
    <message>
        <source>Split it, or export it without its pictures.</source>
        <translation>请拆分它，或导出为不含图片的文件。</translation>
    </message>
    <message>
        <source>Split it, or export it again without pictures.</source>
        <translation>请拆分它，或重新导出为不含图片的文件。</translation>
    </message>
    <message>
        <source>Save or export it as PDF or DOCX, and choose that.</source>
        <translation>请把它保存或导出为 PDF 或 DOCX，再选择新文件。</translation>
    </message>
    <message>
        <source>{name} is {subject}, which is not read.</source>
        <translation>{name} 是{subject}，无法读取。</translation>
    </message>
    <message>
        <source>an archive</source>
        <translation>压缩包</translation>
    </message>
    <message>
        <source>a spreadsheet</source>
        <translation>电子表格</translation>
    </message>
    <message>
        <source>a presentation</source>
        <translation>演示文稿</translation>
    </message>
    <message>
        <source>an OpenDocument or e-book file</source>
        <translation>OpenDocument 文件或电子书</translation>
    </message>
    <message>
        <source>{name} is a rich text file (RTF), which is not read.</source>
        <translation>{name} 是富文本文件 (RTF)，无法读取。</translation>
    </message>
    <message>
        <source>{name} is an old Office file, or one protected by a password.</source>
        <translation>{name} 是旧版 Office 文件，或受密码保护。</translation>
    </message>
    <message>
        <source>Save it as DOCX without a password, and choose that.</source>
        <translation>请把它另存为不带密码的 DOCX，再选择新文件。</translation>
    </message>
    <message>
        <source>Fetch or export it again.</source>
        <translation>请重新获取或导出。</translation>
    </message>
    <message>
        <source>Fetch it again.</source>
        <translation>请重新获取。</translation>
    </message>
    <message>
        <source>{name} is nested too deeply to be read.</source>
        <translation>{name} 嵌套过深，无法读取。</translation>
    </message>
    <message>
        <source>Open it in the program that made it, and export it again.</source>
        <translation>请用生成它的程序打开，然后重新导出。</translation>
    </message>
    <message>
        <source>{name} takes more than {n} GB to read.</source>
        <translation>读取 {name} 需要超过 {n} GB 内存。</translation>
    </message>
    <message>
        <source>{n} of the {pages} pages of {name} are damaged and cannot be read.</source>
        <translation>{name} 的 {pages} 页中有 {n} 页已损坏，无法读取。</translation>
    </message>
    <message>
        <source>Open it in a PDF reader, print or export it to a new PDF, and choose that.</source>
        <translation>请用 PDF 阅读器打开，打印或导出为新的 PDF，再选择新文件。</translation>
    </message>
    <message>
        <source>{name} has no text: {subject} pictures only, as from a scanner.</source>
        <translation>{name} 没有文字：{subject}只有图片，像是扫描件。</translation>
    </message>
    <message>
        <source>its page holds</source>
        <translation>其中的一页</translation>
    </message>
    <message>
        <source>its {n} pages hold</source>
        <translation>其中的 {n} 页</translation>
    </message>
    <message>
        <source>Run text recognition over it first (OCR, for example with OCRmyPDF), then choose the result.</source>
        <translation>请先对它进行文字识别（OCR，例如用 OCRmyPDF），再选择结果。</translation>
    </message>
    <message>
        <source>{name} is encrypted in a way that cannot be read here ({reason}).</source>
        <translation>{name} 的加密方式在这里无法读取（{reason}）。</translation>
    </message>
    <message>
        <source>Export it to a new PDF without protection, and choose that.</source>
        <translation>请导出为没有保护的新 PDF，再选择新文件。</translation>
    </message>
    <message>
        <source>{name} could not be read within {n} seconds.</source>
        <translation>{name} 未能在 {n} 秒内读完。</translation>
    </message>
    <message>
        <source>It may be damaged or made to be unreadable: export it again, or split it.</source>
        <translation>它可能已损坏或被刻意弄得无法读取：请重新导出或拆分。</translation>
    </message>
    <message>
        <source>{name} could not be read: its reader broke off (code {code}).</source>
        <translation>{name} 无法读取：读取程序中断（代码 {code}）。</translation>
    </message>
    <message>
        <source>{name} is no file that holds a document.</source>
        <translation>{name} 不是含有文档的文件。</translation>
    </message>
    <message>
        <source>{name} cannot be looked at ({reason}).</source>
        <translation>无法查看 {name}（{reason}）。</translation>
    </message>
    <message>
        <source>Check its name, and that you may read its folder.</source>
        <translation>请检查它的名称，以及您是否有权读取其文件夹。</translation>
    </message>
    <message>
        <source>The model reads {n} tokens at most, and the question with its answer alone takes more.</source>
        <translation>模型最多读取 {n} 个词元，而仅问题和回答就超过了。</translation>
    </message>
    <message>
        <source>Ask a shorter question, allow a shorter answer, or choose another model.</source>
        <translation>请缩短问题、允许较短的回答，或选择其他模型。</translation>
    </message>
    <message>
        <source>Keep only what fits (it ends with {end}, the document with {last}), choose a model with a context of at least {n} tokens, or split the document into {parts} parts and ask each of them.</source>
        <translation>请只保留放得下的部分（到 {end} 为止，全文到 {last}）、选择上下文至少 {n} 个词元的模型，或把文档拆成 {parts} 份逐份提问。</translation>
    </message>
    <message>
        <source>Choose a model with a context of at least {n} tokens, or split the document into {parts} parts and ask each of them.</source>
        <translation>请选择上下文至少 {n} 个词元的模型，或把文档拆成 {parts} 份逐份提问。</translation>
    </message>
    <message>
        <source>The Hugging Face hub cannot be reached.</source>
        <translation>无法连接 Hugging Face。</translation>
    </message>
    <message>
        <source>Connect to the internet and try again (what has arrived is kept), or choose a model folder or a .gguf file on this machine.</source>
        <translation>请连接互联网后重试（已下载的部分会保留），或选择本机上的模型文件夹或 .gguf 文件。</translation>
    </message>
    <message>
        <source>The demo model could not be fetched: the Python package index cannot be reached.</source>
        <translation>无法获取演示模型：无法连接 Python 软件包索引。</translation>
    </message>
    <message>
        <source>There is no model {name} on the hub that you may read.</source>
        <translation>没有您可读取的模型 {name}。</translation>
    </message>
    <message>
        <source>There is no folder {name}.</source>
        <translation>没有文件夹 {name}。</translation>
    </message>
    <message>
        <source>Check the path.</source>
        <translation>请检查路径。</translation>
    </message>
    <message>
        <source>Free some disk space, then try again.</source>
        <translation>请腾出一些磁盘空间，然后重试。</translation>
    </message>
    <message>
        <source>Free some disk space or check the folder&apos;s permissions.</source>
        <translation>请腾出一些磁盘空间，或检查文件夹的权限。</translation>
    </message>
    <message>
        <source>The file may be damaged or half downloaded: fetch it again.</source>
        <translation>文件可能已损坏或未下载完整：请重新获取。</translation>
    </message>
    <message>
        <source>Fetch the model again.</source>
        <translation>请重新获取模型。</translation>
    </message>
    <message>
        <source>Check the permissions of the file and its folder.</source>
        <translation>请检查文件及其文件夹的权限。</translation>
    </message>
    <message>
        <source>{path} could not be written ({reason}).</source>
        <translation>无法写入 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>{path} could not be read ({reason}).</source>
        <translation>无法读取 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>There is no folder or file {path}.</source>
        <translation>没有文件夹或文件 {path}。</translation>
    </message>
    <message>
        <source>Check the path; a model of the Hugging Face hub is named like &quot;owner/name&quot;.</source>
        <translation>请检查路径；Hugging Face 模型库中的模型名称形如“owner/name”。</translation>
    </message>
    <message>
        <source>No model was named.</source>
        <translation>没有指定模型。</translation>
    </message>
    <message>
        <source>Choose a model folder or a .gguf file.</source>
        <translation>请选择模型文件夹或 .gguf 文件。</translation>
    </message>
    <message>
        <source>The hub gave no version of {name}.</source>
        <translation>模型库没有给出 {name} 的版本。</translation>
    </message>
    <message>
        <source>Try again later.</source>
        <translation>请稍后重试。</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>请重试。</translation>
    </message>
    <message>
        <source>{name} has no weights in the safetensors format.</source>
        <translation>{name} 没有 safetensors 格式的权重。</translation>
    </message>
    <message>
        <source>Choose another version of the model.</source>
        <translation>请选择该模型的其他版本。</translation>
    </message>
    <message>
        <source>{name} arrived damaged.</source>
        <translation>{name} 下载后已损坏。</translation>
    </message>
    <message>
        <source>Add the model again to fetch it anew.</source>
        <translation>请重新添加模型，以重新获取。</translation>
    </message>
    <message>
        <source>{name} must be asked for: its owner wants you to accept a licence first.</source>
        <translation>{name} 需要申请：其所有者要求您先接受许可协议。</translation>
    </message>
    <message>
        <source>Accept it on the model&apos;s page, log in once with `hf auth login`, then try again.</source>
        <translation>请在模型的页面上接受，用 `hf auth login` 登录一次，然后重试。</translation>
    </message>
    <message>
        <source>Check its name; a private model needs `hf auth login` first.</source>
        <translation>请检查名称；私有模型需要先用 `hf auth login` 登录。</translation>
    </message>
    <message>
        <source>The hub is switched off by HF_HUB_OFFLINE.</source>
        <translation>HF_HUB_OFFLINE 关闭了模型库。</translation>
    </message>
    <message>
        <source>Unset it, or choose a local model.</source>
        <translation>请取消该设置，或选择本机的模型。</translation>
    </message>
    <message>
        <source>The hub answered with an error ({what}).</source>
        <translation>模型库返回了错误（{what}）。</translation>
    </message>
    <message>
        <source>Another model works as well: a folder in the Hugging Face format, or a .gguf file.</source>
        <translation>也可以用其他模型：Hugging Face 格式的文件夹，或 .gguf 文件。</translation>
    </message>
    <message>
        <source>The package {name} does not hold the model it should.</source>
        <translation>软件包 {name} 中没有应有的模型。</translation>
    </message>
    <message>
        <source>Remove it (pip uninstall {name}) and try again.</source>
        <translation>请卸载它 (pip uninstall {name})，然后重试。</translation>
    </message>
    <message>
        <source>The package {name} was installed, but {what} is not in it.</source>
        <translation>软件包 {name} 已安装，但其中没有 {what}。</translation>
    </message>
    <message>
        <source>The demo model&apos;s package {name} is missing, and so is pip to install it.</source>
        <translation>缺少演示模型的软件包 {name}，也没有可用来安装它的 pip。</translation>
    </message>
    <message>
        <source>Install {name}=={version} into HPipe&apos;s environment.</source>
        <translation>请把 {name}=={version} 安装到 HPipe 的环境中。</translation>
    </message>
    <message>
        <source>The disk is full: the demo model&apos;s package needs 260 MB.</source>
        <translation>磁盘已满：演示模型的软件包需要 260 MB。</translation>
    </message>
    <message>
        <source>The demo model&apos;s package could not be installed: {what}</source>
        <translation>无法安装演示模型的软件包：{what}</translation>
    </message>
    <message>
        <source>Connect to the internet once and try again.</source>
        <translation>请连接一次互联网，然后重试。</translation>
    </message>
    <message>
        <source>{subject} needs {size} on the disk of {folder}, {room} are free.</source>
        <translation>{subject}在 {folder} 所在的磁盘上需要 {size}，而空闲 {room}。</translation>
    </message>
    <message>
        <source>Free at least {size}, or choose another model folder in the settings.</source>
        <translation>请至少腾出 {size}，或在设置中选择其他模型文件夹。</translation>
    </message>
    <message>
        <source>{subject} could not be written to {folder} ({reason}).</source>
        <translation>{subject}无法写入 {folder}（{reason}）。</translation>
    </message>
    <message>
        <source>Check the folder&apos;s permissions, or choose another model folder in the settings.</source>
        <translation>请检查文件夹的权限，或在设置中选择其他模型文件夹。</translation>
    </message>
    <message>
        <source>The disk of {folder} is full while writing {subject}: {room} are free.</source>
        <translation>写入{subject}时，{folder} 所在的磁盘已满：空闲 {room}。</translation>
    </message>
    <message>
        <source>Free some disk space, then try again; what has arrived is kept.</source>
        <translation>请腾出一些磁盘空间，然后重试；已到达的部分会保留。</translation>
    </message>
    <message>
        <source>The demo model</source>
        <translation>演示模型</translation>
    </message>
    <message>
        <source>the demo model</source>
        <translation>演示模型</translation>
    </message>
    <message>
        <source>The converted model</source>
        <translation>转换后的模型</translation>
    </message>
    <message>
        <source>the converted model</source>
        <translation>转换后的模型</translation>
    </message>
    <message>
        <source>the tokenizer</source>
        <translation>分词器</translation>
    </message>
    <message>
        <source>the model&apos;s removal</source>
        <translation>模型的删除</translation>
    </message>
    <message>
        <source>the model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>part {part} of {name}</source>
        <translation>{name} 的 {part} 部分</translation>
    </message>
    <message>
        <source>More bytes arrived than {subject} has.</source>
        <translation>收到的字节多于{subject}应有的。</translation>
    </message>
    <message>
        <source>{subject} is not complete.</source>
        <translation>{subject}不完整。</translation>
    </message>
    <message>
        <source>It goes on where it stopped.</source>
        <translation>会从停下的地方继续。</translation>
    </message>
    <message>
        <source>{subject} arrived damaged (its checksum is wrong).</source>
        <translation>{subject}到达时已损坏（校验和不符）。</translation>
    </message>
    <message>
        <source>No machine was named that has the model.</source>
        <translation>没有指定拥有该模型的机器。</translation>
    </message>
    <message>
        <source>Fetching the model was stopped.</source>
        <translation>已停止获取模型。</translation>
    </message>
    <message>
        <source>The machine sent other bytes than it was asked for.</source>
        <translation>那台机器发来的字节与所要的不符。</translation>
    </message>
    <message>
        <source>The description of {name} contradicts itself in {subject}.</source>
        <translation>{name} 的说明在{subject}上自相矛盾。</translation>
    </message>
    <message>
        <source>its number of layers</source>
        <translation>层数</translation>
    </message>
    <message>
        <source>its list of parts</source>
        <translation>各部分的清单</translation>
    </message>
    <message>
        <source>its sizes</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>its tensor {name}</source>
        <translation>张量 {name}</translation>
    </message>
    <message>
        <source>Add the model again on the machine that sends it.</source>
        <translation>请在发送它的机器上重新添加模型。</translation>
    </message>
    <message>
        <source>{name} differs from the model of the same id on this machine.</source>
        <translation>{name} 与本机上同一编号的模型不同。</translation>
    </message>
    <message>
        <source>That is no model id: it must be 64 hexadecimal digits.</source>
        <translation>这不是模型编号：它必须是 64 位十六进制数字。</translation>
    </message>
    <message>
        <source>The files of {name} in {folder} have been moved or changed since the model was added.</source>
        <translation>添加模型之后，{folder} 中 {name} 的文件被移动或更改过。</translation>
    </message>
    <message>
        <source>Part {part} of {name} has no byte {n}.</source>
        <translation>{name} 的 {part} 部分没有第 {n} 字节。</translation>
    </message>
    <message>
        <source>Add the model again.</source>
        <translation>请重新添加模型。</translation>
    </message>
    <message>
        <source>{name}: part {part} is not on this machine.</source>
        <translation>{name}：{part} 部分不在本机。</translation>
    </message>
    <message>
        <source>It is fetched from a machine that has the model.</source>
        <translation>它会从拥有该模型的机器获取。</translation>
    </message>
    <message>
        <source>{part} is no part of a model.</source>
        <translation>{part} 不是模型的一部分。</translation>
    </message>
    <message>
        <source>{name} has no part {part}.</source>
        <translation>{name} 没有 {part} 部分。</translation>
    </message>
    <message>
        <source>{name} has no tensor {tensor}.</source>
        <translation>{name} 没有张量 {tensor}。</translation>
    </message>
    <message>
        <source>The model is not on this machine.</source>
        <translation>模型不在本机。</translation>
    </message>
    <message>
        <source>The model entry {path} cannot be read.</source>
        <translation>无法读取模型条目 {path}。</translation>
    </message>
    <message>
        <source>Looking up {name}</source>
        <translation>正在查找 {name}</translation>
    </message>
    <message>
        <source>Fetching {name}</source>
        <translation>正在获取 {name}</translation>
    </message>
    <message>
        <source>Fetching the demo model</source>
        <translation>正在获取演示模型</translation>
    </message>
    <message>
        <source>Unpacking the demo model</source>
        <translation>正在解压演示模型</translation>
    </message>
    <message>
        <source>Reading the model folder</source>
        <translation>正在读取模型文件夹</translation>
    </message>
    <message>
        <source>Reading the model file</source>
        <translation>正在读取模型文件</translation>
    </message>
    <message>
        <source>Starting the conversion</source>
        <translation>正在开始转换</translation>
    </message>
    <message>
        <source>Converting the tokenizer</source>
        <translation>正在转换分词器</translation>
    </message>
    <message>
        <source>Converting the weights</source>
        <translation>正在转换权重</translation>
    </message>
    <message>
        <source>{n} ms</source>
        <translation>{n} 毫秒</translation>
    </message>
    <message>
        <source>{n} s</source>
        <translation>{n} 秒</translation>
    </message>
    <message>
        <source>{n} min</source>
        <translation>{n} 分钟</translation>
    </message>
    <message>
        <source>Permission denied</source>
        <translation>权限不足</translation>
    </message>
    <message>
        <source>Access is denied</source>
        <translation>拒绝访问</translation>
    </message>
    <message>
        <source>No such file or directory</source>
        <translation>没有该文件或文件夹</translation>
    </message>
    <message>
        <source>No space left on device</source>
        <translation>磁盘已满</translation>
    </message>
    <message>
        <source>Read-only file system</source>
        <translation>只读的文件系统</translation>
    </message>
    <message>
        <source>Is a directory</source>
        <translation>是文件夹</translation>
    </message>
    <message>
        <source>Not a directory</source>
        <translation>不是文件夹</translation>
    </message>
    <message>
        <source>Input/output error</source>
        <translation>读写错误</translation>
    </message>
    <message>
        <source>Address already in use</source>
        <translation>地址已被占用</translation>
    </message>
    <message>
        <source>{clause}; {more}</source>
        <translation>{clause}；{more}</translation>
    </message>
    <message>
        <source>{clause} {more}</source>
        <translation>{clause}{more}</translation>
    </message>
    <message>
        <source>{clause}.</source>
        <translation>{clause}。</translation>
    </message>
    <message>
        <source>The engine on {name} ended: {reason}</source>
        <translation>{name} 上的引擎已结束：{reason}</translation>
    </message>
    <message>
        <source>The engine of {name} ended: {reason}</source>
        <translation>{name} 的引擎已结束：{reason}</translation>
    </message>
    <message>
        <source>The engine on {name} did not start: {reason}</source>
        <translation>{name} 上的引擎未能启动：{reason}</translation>
    </message>
    <message>
        <source>The engine on {name} was stopped while it started.</source>
        <translation>{name} 上的引擎在启动时被停止。</translation>
    </message>
    <message>
        <source>The engine on {name}</source>
        <translation>{name} 上的引擎</translation>
    </message>
    <message>
        <source>The worker of this machine</source>
        <translation>本机的工作进程</translation>
    </message>
    <message>
        <source>{subject} was not ready within {n} seconds.</source>
        <translation>{subject}未能在 {n} 秒内就绪。</translation>
    </message>
    <message>
        <source>The machine may be overloaded; try again when it has less to do.</source>
        <translation>机器可能负荷过重；请在它较空闲时重试。</translation>
    </message>
    <message>
        <source>{subject} said something that was not understood.</source>
        <translation>{subject}发来了无法理解的内容。</translation>
    </message>
    <message>
        <source>Another version of HPipe may be installed beside this one.</source>
        <translation>旁边可能还装有另一个版本的 HPipe。</translation>
    </message>
    <message>
        <source>The worker of this machine ended with code {code}.</source>
        <translation>本机的工作进程已结束，代码 {code}。</translation>
    </message>
    <message>
        <source>The worker of this machine ended with code {code}: {what}.</source>
        <translation>本机的工作进程已结束，代码 {code}：{what}。</translation>
    </message>
    <message>
        <source>Start HPipe again; the log in its state folder says more.</source>
        <translation>请重新启动 HPipe；其状态文件夹中的日志有更多说明。</translation>
    </message>
    <message>
        <source>A process could not be started ({reason}).</source>
        <translation>无法启动进程（{reason}）。</translation>
    </message>
    <message>
        <source>Close other programs, or restart the machine.</source>
        <translation>请关闭其他程序，或重启机器。</translation>
    </message>
    <message>
        <source>the library {name} is not installed</source>
        <translation>没有安装程序库 {name}</translation>
    </message>
    <message>
        <source>a library could not be loaded ({what})</source>
        <translation>无法载入一个程序库（{what}）</translation>
    </message>
    <message>
        <source>Run `python3 packaging/bootstrap.py` on that machine to install what is missing.</source>
        <translation>请在那台机器上运行 `python3 packaging/bootstrap.py` 来安装缺少的部分。</translation>
    </message>
    <message>
        <source>Run `python3 packaging/bootstrap.py` on that machine to install it again.</source>
        <translation>请在那台机器上运行 `python3 packaging/bootstrap.py` 来重新安装它。</translation>
    </message>
    <message>
        <source>it ran out of memory</source>
        <translation>它的内存用完了</translation>
    </message>
    <message>
        <source>the system ended it, most likely because memory ran out</source>
        <translation>系统结束了它，很可能是因为内存用完了</translation>
    </message>
    <message>
        <source>somebody on that machine ended it</source>
        <translation>那台机器上有人结束了它</translation>
    </message>
    <message>
        <source>it ended by itself</source>
        <translation>它自行结束了</translation>
    </message>
    <message>
        <source>it crashed with {subject}: {what}</source>
        <translation>它因{subject}而崩溃：{what}</translation>
    </message>
    <message>
        <source>it crashed with {subject}</source>
        <translation>它因{subject}而崩溃</translation>
    </message>
    <message>
        <source>a wrong memory access</source>
        <translation>错误的内存访问</translation>
    </message>
    <message>
        <source>a bus error</source>
        <translation>总线错误</translation>
    </message>
    <message>
        <source>an internal check</source>
        <translation>内部检查</translation>
    </message>
    <message>
        <source>an instruction this processor does not have</source>
        <translation>处理器不支持的指令</translation>
    </message>
    <message>
        <source>code {code}</source>
        <translation>代码 {code}</translation>
    </message>
    <message>
        <source>the graphics card reported a fault ({what})</source>
        <translation>显卡报告了故障（{what}）</translation>
    </message>
    <message>
        <source>Ask again; if it happens once more, restart that machine and update its driver.</source>
        <translation>请再问一次；如果再次发生，请重启那台机器并更新驱动程序。</translation>
    </message>
    <message>
        <source>Ask again; if it happens once more, the worker&apos;s log on that machine says more.</source>
        <translation>请再问一次；如果再次发生，那台机器上工作进程的日志有更多说明。</translation>
    </message>
    <message>
        <source>Ask again to start another.</source>
        <translation>请再问一次，以启动新的引擎。</translation>
    </message>
    <message>
        <source>This machine has no device {name}.</source>
        <translation>这台机器没有设备 {name}。</translation>
    </message>
    <message>
        <source>{name} is no kind of device HPipe knows.</source>
        <translation>HPipe 不认识设备种类 {name}。</translation>
    </message>
    <message>
        <source>This machine has no {kind} device number {n} that torch can use.</source>
        <translation>这台机器没有 torch 可用的第 {n} 号 {kind} 设备。</translation>
    </message>
    <message>
        <source>Check the driver, and that the installed torch build supports the device.</source>
        <translation>请检查驱动程序，以及所装的 torch 是否支持该设备。</translation>
    </message>
    <message>
        <source>{subject} needs {size}, but of the {room} this machine may use {taken} are taken.</source>
        <translation>{subject}需要 {size}，而这台机器可用的 {room} 中已占用 {taken}。</translation>
    </message>
    <message>
        <source>{subject} needs {size}, but only {room} are free.</source>
        <translation>{subject}需要 {size}，但只有 {room} 空闲。</translation>
    </message>
    <message>
        <source>A text of {n} tokens</source>
        <translation>{n} 个词元的文本</translation>
    </message>
    <message>
        <source>This share of layers</source>
        <translation>这些层</translation>
    </message>
    <message>
        <source>A token id lies outside the model&apos;s vocabulary of {n}.</source>
        <translation>有一个词元编号超出了模型的 {n} 个词汇。</translation>
    </message>
    <message>
        <source>The text was cut into tokens with another model&apos;s tokenizer.</source>
        <translation>文本是用另一个模型的分词器切分的。</translation>
    </message>
    <message>
        <source>A chunk came with {n} bytes where {size} were announced.</source>
        <translation>收到的一块有 {n} 字节，而预告的是 {size}。</translation>
    </message>
    <message>
        <source>Layers of the kind {kind} are not supported.</source>
        <translation>不支持 {kind} 类型的层。</translation>
    </message>
    <message>
        <source>The session has room for {n} tokens, {end} would be needed.</source>
        <translation>会话可容纳 {n} 个词元，而需要 {end} 个。</translation>
    </message>
    <message>
        <source>A chunk could not be computed ({what}).</source>
        <translation>有一块无法计算（{what}）。</translation>
    </message>
    <message>
        <source>The engine&apos;s log on that machine says more.</source>
        <translation>那台机器上引擎的日志有更多说明。</translation>
    </message>
    <message>
        <source>The engine failed ({what}).</source>
        <translation>引擎出错（{what}）。</translation>
    </message>
    <message>
        <source>No layers are loaded on this machine.</source>
        <translation>这台机器上没有载入任何层。</translation>
    </message>
    <message>
        <source>Load the model first.</source>
        <translation>请先载入模型。</translation>
    </message>
    <message>
        <source>The model has {n} layers, not {other}.</source>
        <translation>模型有 {n} 层，而不是 {other} 层。</translation>
    </message>
    <message>
        <source>A session needs room for at least one token.</source>
        <translation>会话至少要能容纳一个词元。</translation>
    </message>
    <message>
        <source>The model has no layer {n} to measure.</source>
        <translation>模型没有可测量的第 {n} 层。</translation>
    </message>
    <message>
        <source>The model&apos;s last layer gave numbers that are no numbers.</source>
        <translation>模型最后一层给出了无效的数值。</translation>
    </message>
    <message>
        <source>Its weights may be damaged, or too large for this device&apos;s 16-bit format.</source>
        <translation>它的权重可能已损坏，或超出了此设备 16 位格式的范围。</translation>
    </message>
    <message>
        <source>A chunk came to a stage that does not take it in this form.</source>
        <translation>有一块以某段不接受的形式到达。</translation>
    </message>
    <message>
        <source>The stage has layers left to pass on to, but no next stage.</source>
        <translation>此段之后还有层，却没有下一段。</translation>
    </message>
    <message>
        <source>An earlier chunk of this session failed half-way through the layers.</source>
        <translation>此会话较早的一块在各层中途失败了。</translation>
    </message>
    <message>
        <source>A chunk without tokens cannot be computed.</source>
        <translation>没有词元的块无法计算。</translation>
    </message>
    <message>
        <source>A chunk at position {place} does not follow the {n} tokens this stage has read.</source>
        <translation>位置 {place} 的块接不上此段已读取的 {n} 个词元。</translation>
    </message>
    <message>
        <source>The session was opened for {n} tokens; this chunk ends at {end}.</source>
        <translation>会话是为 {n} 个词元打开的；而此块到 {end} 为止。</translation>
    </message>
    <message>
        <source>Ask again: the document will be read with more room.</source>
        <translation>请再问一次：文档会用更大的空间重新读取。</translation>
    </message>
    <message>
        <source>{n} tokens cannot be kept of {total}.</source>
        <translation>无法从 {total} 个词元中保留 {n} 个。</translation>
    </message>
    <message>
        <source>The cache no longer holds what is needed to go back to token {n}.</source>
        <translation>缓存中已没有回到第 {n} 个词元所需的内容。</translation>
    </message>
    <message>
        <source>The document has to be read again.</source>
        <translation>文档必须重新读取。</translation>
    </message>
    <message>
        <source>The stage has no such session open.</source>
        <translation>此段没有打开这个会话。</translation>
    </message>
    <message>
        <source>The next stage at {address} cannot be reached from this machine.</source>
        <translation>从这台机器无法连接位于 {address} 的下一段。</translation>
    </message>
    <message>
        <source>The machines must reach each other, not just yours: check their firewalls.</source>
        <translation>各台机器之间必须能互相连接，而不只是与您的机器：请检查它们的防火墙。</translation>
    </message>
    <message>
        <source>The next stage at {address} does not admit this machine.</source>
        <translation>位于 {address} 的下一段不接纳这台机器。</translation>
    </message>
    <message>
        <source>Pair the two machines, then ask again.</source>
        <translation>请为这两台机器配对，然后再问一次。</translation>
    </message>
    <message>
        <source>{address} is no address of a next stage ({reason}).</source>
        <translation>{address} 不是下一段的地址（{reason}）。</translation>
    </message>
    <message>
        <source>{kind} models cannot be split into stages.</source>
        <translation>{kind} 模型无法划分为多段。</translation>
    </message>
    <message>
        <source>Run it on one machine alone, or choose another model.</source>
        <translation>请只在一台机器上运行它，或选择其他模型。</translation>
    </message>
    <message>
        <source>Layers {n} to {last} are no part of {total} layers.</source>
        <translation>第 {n} 至 {last} 层不属于 {total} 层之内。</translation>
    </message>
    <message>
        <source>{kind} models cannot be computed ({what}).</source>
        <translation>{kind} 模型无法计算（{what}）。</translation>
    </message>
    <message>
        <source>Its hidden states have a form that cannot travel between stages {shape}.</source>
        <translation>它的隐藏状态的形式无法在各段之间传送 {shape}。</translation>
    </message>
    <message>
        <source>{path} cannot be read ({reason}).</source>
        <translation>无法读取 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>{path} cannot be read.</source>
        <translation>无法读取 {path}。</translation>
    </message>
    <message>
        <source>{folder} holds GGUF files.</source>
        <translation>{folder} 中是 GGUF 文件。</translation>
    </message>
    <message>
        <source>Check that you may read the file.</source>
        <translation>请检查您是否有权读取该文件。</translation>
    </message>
    <message>
        <source>Check that you may read the folder.</source>
        <translation>请检查您是否有权读取该文件夹。</translation>
    </message>
    <message>
        <source>Check that the file is still there and that you may read it.</source>
        <translation>请检查文件是否还在，以及您是否有权读取它。</translation>
    </message>
    <message>
        <source>Check the path and its permissions.</source>
        <translation>请检查路径及其权限。</translation>
    </message>
    <message>
        <source>{name} is no model file HPipe can open.</source>
        <translation>{name} 不是 HPipe 能打开的模型文件。</translation>
    </message>
    <message>
        <source>Choose a .gguf file, or the folder that holds config.json and *.safetensors.</source>
        <translation>请选择 .gguf 文件，或包含 config.json 和 *.safetensors 的文件夹。</translation>
    </message>
    <message>
        <source>{name} is no whole GGUF file.</source>
        <translation>{name} 不是完整的 GGUF 文件。</translation>
    </message>
    <message>
        <source>It may be damaged or half downloaded: fetch it again.</source>
        <translation>它可能已损坏或未下载完整：请重新获取。</translation>
    </message>
    <message>
        <source>{name} is no safetensors file.</source>
        <translation>{name} 不是 safetensors 文件。</translation>
    </message>
    <message>
        <source>{name} cannot be read as a safetensors file ({reason}).</source>
        <translation>{name} 无法作为 safetensors 文件读取（{reason}）。</translation>
    </message>
    <message>
        <source>{name} has a broken header.</source>
        <translation>{name} 的文件头已损坏。</translation>
    </message>
    <message>
        <source>{path} describes {name} wrongly.</source>
        <translation>{path} 对 {name} 的说明有误。</translation>
    </message>
    <message>
        <source>{path} is cut short: {n} bytes, {name} ends at {end}.</source>
        <translation>{path} 被截短：只有 {n} 字节，而 {name} 到 {end} 为止。</translation>
    </message>
    <message>
        <source>{path} became shorter while it was read.</source>
        <translation>{path} 在读取时变短了。</translation>
    </message>
    <message>
        <source>The model holds tensors of the unknown type {kind}.</source>
        <translation>模型含有未知类型 {kind} 的张量。</translation>
    </message>
    <message>
        <source>{folder} is no model folder: it has no config.json.</source>
        <translation>{folder} 不是模型文件夹：其中没有 config.json。</translation>
    </message>
    <message>
        <source>Choose a folder in the Hugging Face format, with config.json, tokenizer.json and *.safetensors files.</source>
        <translation>请选择 Hugging Face 格式的文件夹，其中有 config.json、tokenizer.json 和 *.safetensors 文件。</translation>
    </message>
    <message>
        <source>{folder} is a file, not a model folder.</source>
        <translation>{folder} 是文件，不是模型文件夹。</translation>
    </message>
    <message>
        <source>Choose the folder that contains it.</source>
        <translation>请选择包含它的文件夹。</translation>
    </message>
    <message>
        <source>{folder} holds an adapter (LoRA), not a whole model.</source>
        <translation>{folder} 中是适配器 (LoRA)，不是完整的模型。</translation>
    </message>
    <message>
        <source>Merge it into its base model first (merge_and_unload in peft), then add the result.</source>
        <translation>请先把它合并到基础模型（peft 中的 merge_and_unload），再添加结果。</translation>
    </message>
    <message>
        <source>{folder} holds only an adapter (LoRA), not the model it belongs to.</source>
        <translation>{folder} 中只有适配器 (LoRA)，没有它所属的模型。</translation>
    </message>
    <message>
        <source>Merge it into its base model first, then add the result.</source>
        <translation>请先把它合并到基础模型，再添加结果。</translation>
    </message>
    <message>
        <source>Choose the .gguf file itself; it is converted once.</source>
        <translation>请直接选择 .gguf 文件；它只需转换一次。</translation>
    </message>
    <message>
        <source>{name} in {folder} is not valid JSON.</source>
        <translation>{folder} 中的 {name} 不是有效的 JSON。</translation>
    </message>
    <message>
        <source>{name} in {folder} cannot be read.</source>
        <translation>无法读取 {folder} 中的 {name}。</translation>
    </message>
    <message>
        <source>{folder} has a config.json but no weights (*.safetensors).</source>
        <translation>{folder} 有 config.json，但没有权重 (*.safetensors)。</translation>
    </message>
    <message>
        <source>The download may be unfinished: fetch the model&apos;s safetensors files.</source>
        <translation>下载可能未完成：请获取模型的 safetensors 文件。</translation>
    </message>
    <message>
        <source>{name} points outside its folder.</source>
        <translation>{name} 指向其文件夹之外。</translation>
    </message>
    <message>
        <source>Fetch the model from a source you trust.</source>
        <translation>请从您信任的来源获取模型。</translation>
    </message>
    <message>
        <source>{folder} holds several safetensors files and no {name} that says which belong together.</source>
        <translation>{folder} 有多个 safetensors 文件，却没有说明哪些属于一起的 {name}。</translation>
    </message>
    <message>
        <source>Fetch the model&apos;s index file too, or keep one model in the folder.</source>
        <translation>请一并获取模型的索引文件，或在文件夹中只保留一个模型。</translation>
    </message>
    <message>
        <source>{n} of the model&apos;s {total} weight files are missing in {folder}: {names}.</source>
        <translation>{folder} 缺少模型 {total} 个权重文件中的 {n} 个：{names}。</translation>
    </message>
    <message>
        <source>{n} of the model&apos;s {total} weight files are missing in {folder}: {names} and more.</source>
        <translation>{folder} 缺少模型 {total} 个权重文件中的 {n} 个：{names} 等。</translation>
    </message>
    <message>
        <source>Fetch the missing files, then add the folder again.</source>
        <translation>请获取缺少的文件，然后重新添加该文件夹。</translation>
    </message>
    <message>
        <source>{folder} holds its weights in pickle form (.bin, .pt), which can run any program when it is opened, so HPipe does not open it.</source>
        <translation>{folder} 的权重是 pickle 格式（.bin、.pt），打开时可能运行任意程序，因此 HPipe 不打开它。</translation>
    </message>
    <message>
        <source>Look for a safetensors version of the model, or convert it on a machine you trust: load it with transformers and call save_pretrained(folder, safe_serialization=True).</source>
        <translation>请查找该模型的 safetensors 版本，或在您信任的机器上转换：用 transformers 载入后调用 save_pretrained(folder, safe_serialization=True)。</translation>
    </message>
    <message>
        <source>Fetch the model&apos;s files again.</source>
        <translation>请重新获取模型的文件。</translation>
    </message>
    <message>
        <source>Fetch the model again from its source.</source>
        <translation>请从来源重新获取模型。</translation>
    </message>
    <message>
        <source>Some files of the model may be missing: fetch it again.</source>
        <translation>模型可能缺少一些文件：请重新获取。</translation>
    </message>
    <message>
        <source>Models of the type {kind} are not known to this version of HPipe.</source>
        <translation>此版本的 HPipe 不认识 {kind} 类型的模型。</translation>
    </message>
    <message>
        <source>HPipe runs the decoder models of the transformers library, without code of their own.</source>
        <translation>HPipe 运行 transformers 库中不带自有代码的解码器模型。</translation>
    </message>
    <message>
        <source>A model of {n} layers cannot be run.</source>
        <translation>无法运行 {n} 层的模型。</translation>
    </message>
    <message>
        <source>The model&apos;s weights are packed ({kind}), which HPipe does not read.</source>
        <translation>模型的权重是压缩的（{kind}），HPipe 无法读取。</translation>
    </message>
    <message>
        <source>Choose the 16-bit version of the model; HPipe packs the weights itself.</source>
        <translation>请选择模型的 16 位版本；HPipe 会自己压缩权重。</translation>
    </message>
    <message>
        <source>The model&apos;s weights are quantised ({kind}), which HPipe does not read.</source>
        <translation>模型的权重是量化的（{kind}），HPipe 无法读取。</translation>
    </message>
    <message>
        <source>Choose the model&apos;s 16-bit version, or a GGUF file of it.</source>
        <translation>请选择模型的 16 位版本，或它的 GGUF 文件。</translation>
    </message>
    <message>
        <source>{kind} models do not continue a text.</source>
        <translation>{kind} 模型不能续写文本。</translation>
    </message>
    <message>
        <source>Choose a decoder language model (Llama, Qwen, Mistral, Gemma and the like).</source>
        <translation>请选择解码器语言模型（Llama、Qwen、Mistral、Gemma 等）。</translation>
    </message>
    <message>
        <source>HPipe runs decoder language models (Llama, Qwen, Mistral, Gemma and the like).</source>
        <translation>HPipe 运行解码器语言模型（Llama、Qwen、Mistral、Gemma 等）。</translation>
    </message>
    <message>
        <source>HPipe runs language models in the Hugging Face format; this looks like another kind.</source>
        <translation>HPipe 运行 Hugging Face 格式的语言模型；这个看起来是其他种类。</translation>
    </message>
    <message>
        <source>The model&apos;s configuration is not a valid {kind} one ({what}).</source>
        <translation>模型的配置不是有效的 {kind} 配置（{what}）。</translation>
    </message>
    <message>
        <source>The model&apos;s config.json names no architecture.</source>
        <translation>模型的 config.json 没有写明架构。</translation>
    </message>
    <message>
        <source>Use a model folder in the Hugging Face format, with architectures or model_type set.</source>
        <translation>请使用 Hugging Face 格式的模型文件夹，其中写明 architectures 或 model_type。</translation>
    </message>
    <message>
        <source>The model&apos;s config.json does not say its {subject}.</source>
        <translation>模型的 config.json 没有写明{subject}。</translation>
    </message>
    <message>
        <source>number of layers</source>
        <translation>层数</translation>
    </message>
    <message>
        <source>hidden size</source>
        <translation>隐藏层大小</translation>
    </message>
    <message>
        <source>vocabulary size</source>
        <translation>词汇量</translation>
    </message>
    <message>
        <source>{name} has no numbered layers.</source>
        <translation>{name} 没有编号的层。</translation>
    </message>
    <message>
        <source>{name} lacks {n} tensors, first {tensor}.</source>
        <translation>{name} 缺少 {n} 个张量，第一个是 {tensor}。</translation>
    </message>
    <message>
        <source>The weights of {name} do not fit its configuration ({what}).</source>
        <translation>{name} 的权重与其配置不符（{what}）。</translation>
    </message>
    <message>
        <source>The model has no token embedding that HPipe can recognise.</source>
        <translation>模型没有 HPipe 能识别的词元嵌入。</translation>
    </message>
    <message>
        <source>It is incomplete, or no language model.</source>
        <translation>它不完整，或不是语言模型。</translation>
    </message>
    <message>
        <source>The model has no numbered decoder layers.</source>
        <translation>模型没有编号的解码器层。</translation>
    </message>
    <message>
        <source>The weights lack {n} of {total} layers, first layer {number}.</source>
        <translation>权重缺少 {total} 层中的 {n} 层，第一个缺少的是第 {number} 层。</translation>
    </message>
    <message>
        <source>The model lacks its output projection (lm_head).</source>
        <translation>模型缺少输出投影 (lm_head)。</translation>
    </message>
    <message>
        <source>A shard may be missing: fetch the whole model again.</source>
        <translation>可能缺少一个分片：请重新获取整个模型。</translation>
    </message>
    <message>
        <source>The model&apos;s chat template cannot be used ({what}).</source>
        <translation>无法使用模型的对话模板（{what}）。</translation>
    </message>
    <message>
        <source>Fetch the model again, or choose another version of it.</source>
        <translation>请重新获取模型，或选择它的其他版本。</translation>
    </message>
    <message>
        <source>{folder} has no tokenizer.json.</source>
        <translation>{folder} 没有 tokenizer.json。</translation>
    </message>
    <message>
        <source>Add the model again, with its tokenizer.</source>
        <translation>请连同分词器重新添加模型。</translation>
    </message>
    <message>
        <source>The tokenizer {path} cannot be read ({what}).</source>
        <translation>无法读取分词器 {path}（{what}）。</translation>
    </message>
    <message>
        <source>The tokenizer in {path} cannot be read ({what}).</source>
        <translation>无法读取 {path} 中的分词器（{what}）。</translation>
    </message>
    <message>
        <source>The file may be damaged: fetch the model again.</source>
        <translation>文件可能已损坏：请重新获取模型。</translation>
    </message>
    <message>
        <source>{folder} has no tokenizer, without which no text can be given to the model.</source>
        <translation>{folder} 没有分词器，没有它就无法把文本交给模型。</translation>
    </message>
    <message>
        <source>Fetch its tokenizer.json too, then add the folder again.</source>
        <translation>请一并获取 tokenizer.json，然后重新添加该文件夹。</translation>
    </message>
    <message>
        <source>Fetch the model&apos;s tokenizer.json too, or choose another model.</source>
        <translation>请一并获取模型的 tokenizer.json，或选择其他模型。</translation>
    </message>
    <message>
        <source>The conversion ended before it was done (code {code}).</source>
        <translation>转换在完成之前结束了（代码 {code}）。</translation>
    </message>
    <message>
        <source>The machine may lack memory for it; close other programs and try again.</source>
        <translation>机器的内存可能不够；请关闭其他程序后重试。</translation>
    </message>
    <message>
        <source>The conversion could not be started.</source>
        <translation>无法开始转换。</translation>
    </message>
    <message>
        <source>The conversion said something that makes no sense.</source>
        <translation>转换程序发来了没有意义的内容。</translation>
    </message>
    <message>
        <source>{name} holds a model that cannot be converted ({what}).</source>
        <translation>{name} 中的模型无法转换（{what}）。</translation>
    </message>
    <message>
        <source>The model stretches its positions in a way that is not known here.</source>
        <translation>模型以这里未知的方式扩展位置。</translation>
    </message>
    <message>
        <source>Choose the model&apos;s safetensors version in the Hugging Face format instead.</source>
        <translation>请改选该模型 Hugging Face 格式的 safetensors 版本。</translation>
    </message>
    <message>
        <source>The file lacks {n} tensors, first {tensor}.</source>
        <translation>文件缺少 {n} 个张量，第一个是 {tensor}。</translation>
    </message>
    <message>
        <source>The file&apos;s {name} is {shape}, {other} was expected.</source>
        <translation>文件中的 {name} 是 {shape}，而应为 {other}。</translation>
    </message>
    <message>
        <source>The tokenizer in {name} cannot be converted ({what}).</source>
        <translation>无法转换 {name} 中的分词器（{what}）。</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Nothing about you or your documents ever leaves your machines.</source>
        <translation>您的信息和文档绝不会离开您的机器。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
    <message>
        <source>Used when HPipe is opened again.</source>
        <translation>下次打开 HPipe 时使用。</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>The name of the computer</source>
        <translation>计算机的名称</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>名称(&amp;N)</translation>
    </message>
    <message>
        <source>What other machines see.</source>
        <translation>其他机器看到的名称。</translation>
    </message>
    <message>
        <source>All networks</source>
        <translation>所有网络</translation>
    </message>
    <message>
        <source>{name} (not there now)</source>
        <translation>{name}（现在不在）</translation>
    </message>
    <message>
        <source>Net&amp;work</source>
        <translation>网络(&amp;W)</translation>
    </message>
    <message>
        <source>Where machines find each other.</source>
        <translation>机器在哪里互相找到。</translation>
    </message>
    <message>
        <source>{port} (usual)</source>
        <translation>{port}（常用）</translation>
    </message>
    <message>
        <source>&amp;Port</source>
        <translation>端口(&amp;P)</translation>
    </message>
    <message>
        <source>The ports right after it are used as well.</source>
        <translation>其后的端口也会用到。</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Use the usual folder</source>
        <translation>使用常用的文件夹</translation>
    </message>
    <message>
        <source>C&amp;hange …</source>
        <translation>更改(&amp;H)…</translation>
    </message>
    <message>
        <source>Change the model folder</source>
        <translation>更改模型文件夹</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Where models are kept; they are large.</source>
        <translation>模型存放的地方；它们很大。</translation>
    </message>
    <message>
        <source>The usual folder</source>
        <translation>常用的文件夹</translation>
    </message>
    <message>
        <source>Choose the folder for models</source>
        <translation>选择模型文件夹</translation>
    </message>
    <message>
        <source>{folder} is not there.</source>
        <translation>{folder} 不存在。</translation>
    </message>
    <message>
        <source>Choose a folder that exists.</source>
        <translation>请选择一个存在的文件夹。</translation>
    </message>
</context>
<context>
    <name>Shortage</name>
    <message>
        <source>No split of this model fits</source>
        <translation>此模型怎么划分都放不下</translation>
    </message>
    <message>
        <source>needs {needed}, has {limit}</source>
        <translation>需要 {needed}，只有 {limit}</translation>
    </message>
    <message>
        <source>What would help:</source>
        <translation>可以这样解决：</translation>
    </message>
    <message>
        <source>Plan with {bits}-bit weights</source>
        <translation>用 {bits} 位权重制定方案</translation>
    </message>
</context>
<context>
    <name>Sources</name>
    <message>
        <source>Show {place} in the document</source>
        <translation>在文档中显示 {place}</translation>
    </message>
</context>
<context>
    <name>StartView</name>
    <message>
        <source>Drop documents here</source>
        <translation>把文档拖到这里</translation>
    </message>
    <message>
        <source>PDF, Word, Markdown, HTML or plain text. Several are answered side by side. Nothing leaves your machines.</source>
        <translation>PDF、Word、Markdown、HTML 或纯文本。多份文档可同时处理。任何内容都不会离开您的机器。</translation>
    </message>
    <message>
        <source>Choose &amp;documents …</source>
        <translation>选择文档(&amp;D)…</translation>
    </message>
    <message>
        <source>Try the &amp;sample</source>
        <translation>试试示例(&amp;S)</translation>
    </message>
    <message>
        <source>Latest answers</source>
        <translation>最近的回答</translation>
    </message>
    <message>
        <source>{question} ({title})</source>
        <translation>{question}（{title}）</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Not connected</source>
        <translation>未连接</translation>
    </message>
    <message>
        <source>Looking for machines …</source>
        <translation>正在查找机器…</translation>
    </message>
    <message numerus="yes">
        <source>%n machine(s) in the pool</source>
        <translation>
            <numerusform>机器池中有 %n 台机器</numerusform>
        </translation>
    </message>
    <message>
        <source>, {free} free</source>
        <translation>，空闲 {free}</translation>
    </message>
    <message numerus="yes">
        <source>, %n lost</source>
        <translation>
            <numerusform>，%n 台失去联系</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, %n more at work</source>
        <translation>
            <numerusform>，另有 %n 个在进行</numerusform>
        </translation>
    </message>
    <message>
        <source>Reading {title}: {part}</source>
        <translation>正在阅读 {title}：{part}</translation>
    </message>
    <message>
        <source>, {time} left</source>
        <translation>，还剩 {time}</translation>
    </message>
    <message>
        <source>Answering about {title}</source>
        <translation>正在回答关于 {title} 的问题</translation>
    </message>
    <message>
        <source>Preparing {title}</source>
        <translation>正在准备 {title}</translation>
    </message>
    <message>
        <source>{name}: {part} of {size}</source>
        <translation>{name}：{size} 的 {part}</translation>
    </message>
</context>
<context>
    <name>StepDots</name>
    <message>
        <source>Step {step} of {count}</source>
        <translation>第 {step} 步，共 {count} 步</translation>
    </message>
</context>
<context>
    <name>Timelines</name>
    <message>
        <source>Timeline as it happened</source>
        <translation>实际的时间线</translation>
    </message>
    <message>
        <source>Timeline as it was predicted</source>
        <translation>预测的时间线</translation>
    </message>
    <message>
        <source>nothing was predicted for this time</source>
        <translation>这段时间没有预测</translation>
    </message>
    <message>
        <source>As it happened</source>
        <translation>实际情况</translation>
    </message>
    <message>
        <source>As it was predicted</source>
        <translation>预测情况</translation>
    </message>
    <message>
        <source>Look back in time</source>
        <translation>回看</translation>
    </message>
    <message>
        <source>Look &amp;back</source>
        <translation>回看(&amp;B)</translation>
    </message>
    <message>
        <source>live</source>
        <translation>实时</translation>
    </message>
    <message>
        <source>end of the job</source>
        <translation>任务结束</translation>
    </message>
    <message>
        <source>{time} ago</source>
        <translation>{time} 前</translation>
    </message>
    <message>
        <source>{time} before its end</source>
        <translation>结束前 {time}</translation>
    </message>
    <message>
        <source>now</source>
        <translation>现在</translation>
    </message>
</context>
<context>
    <name>TooLong</name>
    <message>
        <source>Use {model} ({n} tokens)</source>
        <translation>使用 {model}（{n} 个词元）</translation>
    </message>
    <message>
        <source>Read it in {n} parts</source>
        <translation>分 {n} 部分阅读</translation>
    </message>
    <message>
        <source>Read the first part only</source>
        <translation>只读第一部分</translation>
    </message>
</context>
<context>
    <name>Toolbar</name>
    <message>
        <source>&amp;Balance</source>
        <translation>平衡(&amp;B)</translation>
    </message>
    <message>
        <source>Balance the layers</source>
        <translation>平衡各层</translation>
    </message>
    <message>
        <source>The best boundaries for these machines in this order (Ctrl+B)</source>
        <translation>对这些机器按此顺序的最佳分界 (Ctrl+B)</translation>
    </message>
    <message>
        <source>Even layers</source>
        <translation>平均分层</translation>
    </message>
    <message>
        <source>As many layers for each machine (Ctrl+E)</source>
        <translation>每台机器的层数相同 (Ctrl+E)</translation>
    </message>
    <message>
        <source>Eve&amp;n</source>
        <translation>平均(&amp;N)</translation>
    </message>
    <message>
        <source>One mach&amp;ine</source>
        <translation>单台机器(&amp;I)</translation>
    </message>
    <message>
        <source>Add a ma&amp;chine</source>
        <translation>添加机器(&amp;C)</translation>
    </message>
    <message>
        <source>Undo (Ctrl+Z)</source>
        <translation>撤销 (Ctrl+Z)</translation>
    </message>
    <message>
        <source>Redo (Ctrl+Shift+Z)</source>
        <translation>重做 (Ctrl+Shift+Z)</translation>
    </message>
    <message>
        <source>All machines take part</source>
        <translation>所有机器都参加</translation>
    </message>
    <message>
        <source>What if: no job uses this.</source>
        <translation>假设方案：任务不会使用它。</translation>
    </message>
    <message>
        <source>HPipe decides for each document.</source>
        <translation>HPipe 为每份文档决定。</translation>
    </message>
    <message>
        <source>In use for the next documents.</source>
        <translation>用于接下来的文档。</translation>
    </message>
    <message>
        <source>Another plan of yours is in use.</source>
        <translation>正在使用您的另一个方案。</translation>
    </message>
</context>
<context>
    <name>TurnProgress</name>
    <message>
        <source>How far it is</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>停止(&amp;S)</translation>
    </message>
    <message>
        <source>Stop answering this question</source>
        <translation>停止回答此问题</translation>
    </message>
    <message>
        <source>Stop answering this question (Esc)</source>
        <translation>停止回答此问题 (Esc)</translation>
    </message>
</context>
<context>
    <name>TurnView</name>
    <message>
        <source>Copy the answer</source>
        <translation>复制回答</translation>
    </message>
    <message>
        <source>Save the answer as Markdown</source>
        <translation>把回答保存为 Markdown</translation>
    </message>
    <message>
        <source>{name} stopped answering.</source>
        <translation>{name} 停止应答了。</translation>
    </message>
    <message>
        <source>Stopped before the answer was complete.</source>
        <translation>在回答完成之前停止了。</translation>
    </message>
    <message>
        <source>The model gave no answer.</source>
        <translation>模型没有给出回答。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Let HPipe decide</source>
        <translation>让 HPipe 决定</translation>
    </message>
</context>
<context>
    <name>Waiting</name>
    <message>
        <source>Planning …</source>
        <translation>正在规划…</translation>
    </message>
    <message>
        <source>Progress of measuring</source>
        <translation>测量进度</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>Measuring …</source>
        <translation>正在测量…</translation>
    </message>
    <message>
        <source>{names}: how fast are they on this model? This is done once.</source>
        <translation>{names}：它们在此模型上有多快？只需测量一次。</translation>
    </message>
    <message>
        <source>Looking for the best split of the layers.</source>
        <translation>正在寻找各层的最佳划分。</translation>
    </message>
</context>
<context>
    <name>WelcomeDialog</name>
    <message>
        <source>Welcome to HPipe</source>
        <translation>欢迎使用 HPipe</translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation>上一步(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Skip</source>
        <translation>跳过(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>下一步(&amp;N)</translation>
    </message>
    <message>
        <source>HPipe reads long documents with a language model that runs on machines you own. It splits the model over them, so that all of them read at once. This machine takes part already:</source>
        <translation>HPipe 用运行在您自己机器上的语言模型阅读长文档。它把模型划分到各台机器上，让它们同时阅读。本机已经参加：</translation>
    </message>
    <message>
        <source>Open HPipe on the other machine, or run “main.py worker” there.</source>
        <translation>在另一台机器上打开 HPipe，或在那里运行“main.py worker”。</translation>
    </message>
    <message>
        <source>It appears on the Machines page of both.</source>
        <translation>它会出现在两台机器的“机器”页上。</translation>
    </message>
    <message>
        <source>Type the six digits one machine shows on the other.</source>
        <translation>把一台机器显示的六位数字输入到另一台。</translation>
    </message>
    <message>
        <source>&amp;Add a machine now …</source>
        <translation>现在添加机器(&amp;A)…</translation>
    </message>
    <message>
        <source>A second machine in the same network makes long documents faster.</source>
        <translation>同一网络中的第二台机器会让长文档更快读完。</translation>
    </message>
    <message>
        <source>&amp;Try the demo</source>
        <translation>试试演示(&amp;T)</translation>
    </message>
    <message>
        <source>The demo brings in a small model (about 250 MB), opens a sample document and asks a question about it. You see who reads what, and where in the document the answer was found.</source>
        <translation>演示会取来一个小模型（约 250 MB），打开一份示例文档，并就它提出一个问题。您会看到谁读了什么，以及答案在文档的什么地方找到。</translation>
    </message>
    <message>
        <source>You find these steps again under Help, First steps.</source>
        <translation>以后可在“帮助”、“入门步骤”中再次找到这些步骤。</translation>
    </message>
    <message>
        <source>Add another machine</source>
        <translation>再添加一台机器</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation>试一试</translation>
    </message>
    <message>
        <source>&amp;Finish</source>
        <translation>完成(&amp;F)</translation>
    </message>
    <message>
        <source>Looking at this machine …</source>
        <translation>正在查看本机…</translation>
    </message>
    <message>
        <source>{free} of {total} memory free</source>
        <translation>空闲内存 {free} / {total}</translation>
    </message>
    <message numerus="yes">
        <source>%n other machine(s) found already.</source>
        <translation>
            <numerusform>已找到另外 %n 台机器。</numerusform>
        </translation>
    </message>
    <message>
        <source>No other machine is found yet. You can do this later.</source>
        <translation>还没有找到其他机器。您可以以后再做。</translation>
    </message>
</context>
<context>
    <name>WorkView</name>
    <message>
        <source>Ask something</source>
        <translation>提一个问题</translation>
    </message>
    <message>
        <source>Choose a ready-made question below or write your own. The answer names the pages it rests on.</source>
        <translation>选择下面现成的问题，或自己写一个。回答会指出它所依据的页。</translation>
    </message>
    <message>
        <source>This document cannot be asked</source>
        <translation>无法就此文档提问</translation>
    </message>
    <message>
        <source>It could not be read. Why, and what would help, is said at the left.</source>
        <translation>它无法读取。左侧说明了原因和解决办法。</translation>
    </message>
    <message>
        <source>All documents together</source>
        <translation>所有文档一起</translation>
    </message>
    <message>
        <source>No model is chosen.</source>
        <translation>没有选择模型。</translation>
    </message>
    <message>
        <source>HPipe needs a language model to read documents with.</source>
        <translation>HPipe 需要一个语言模型来阅读文档。</translation>
    </message>
    <message>
        <source>Get a model</source>
        <translation>获取模型</translation>
    </message>
</context>
<context>
    <name>Workbench</name>
    <message>
        <source>Why HPipe&apos;s choice: {reason}</source>
        <translation>HPipe 这样选择的原因：{reason}</translation>
    </message>
    <message>
        <source>This plan</source>
        <translation>此方案</translation>
    </message>
    <message>
        <source>does not fit</source>
        <translation>放不下</translation>
    </message>
    <message>
        <source>no link</source>
        <translation>没有链路</translation>
    </message>
    <message>
        <source>Estimated from figures of such devices, and not to be used by jobs.</source>
        <translation>根据此类设备的数据估计，不能用于实际任务。</translation>
    </message>
    <message>
        <source>Move one of them elsewhere, or measure again on the Machines page.</source>
        <translation>请把其中一台移到别处，或在“机器”页上重新测量。</translation>
    </message>
    <message>
        <source>Drag a boundary, or press the arrow keys on it, to see what another split costs.</source>
        <translation>拖动分界，或在其上按方向键，看看另一种划分的代价。</translation>
    </message>
    <message>
        <source>This is what HPipe would choose.</source>
        <translation>这就是 HPipe 会选择的。</translation>
    </message>
    <message>
        <source>This plan fits.</source>
        <translation>此方案放得下。</translation>
    </message>
</context>
</TS>
